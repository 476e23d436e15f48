using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>
/// What a process may have open of what its configuration wants, so that it never runs out: a connection that waits in the kernel's queue
/// is better off
/// than one that is accepted and has no descriptor for its server. Pure.
/// </summary>
/// <param name="Limit">Descriptors in all; null: nobody counts.</param>
/// <param name="Needs">What is wanted.</param>
/// <param name="Connections">At least 1.</param>
/// <param name="Pipes">Without one a direction copies.</param>
/// <param name="Silent">Clients that are dropped silently and held.</param>
public sealed record DescriptorBudget(long? Limit, DescriptorNeeds Needs, int Connections, int Pipes, int Silent)
{
    /// <summary>Connections give way first, to half of what there is for all; then pipes and held sockets do, in proportion.</summary>
    public static DescriptorBudget Fit(long? limit, DescriptorNeeds needs)
    {
        if (limit is not { } all || needs.Total <= all)
            return new DescriptorBudget(limit, needs, needs.Connections, needs.Pipes, needs.Silent);
        var left = Math.Max(all - needs.Others, 0);
        var extras = (long)needs.Pipes + needs.Silent;
        var connections = Math.Max(left / 2 - extras, Math.Min(needs.Connections, left / 4));
        var room = left / 2 - connections;
        return new DescriptorBudget(
            limit,
            needs,
            (int)Math.Max(connections, 1),
            extras <= room ? needs.Pipes : (int)(room * needs.Pipes / extras),
            extras <= room ? needs.Silent : (int)(room * needs.Silent / extras));
    }

    /// <summary>Of that many connections of another configuration, those that fit beside what is settled for the life of the
    /// process.</summary>
    public int ConnectionsOf(int wanted)
    {
        if (Limit is not { } all)
            return wanted;
        return (int)Math.Clamp((all - Needs.Others) / 2 - Pipes - Silent, 1, wanted);
    }

    /// <summary>The settings as they can be lived by.</summary>
    public EdgeSettings Apply(EdgeSettings settings) => settings with
    {
        Transport = settings.Transport with { MaxPipes = Math.Min(settings.Transport.MaxPipes, Pipes) },
        SilentDrop = settings.SilentDrop with { Max = Math.Min(settings.SilentDrop.Max, Silent) },
    };

    /// <summary>What an operator should know; null: there is enough.</summary>
    public string? Warning
    {
        get
        {
            if (Needs.Total <= (Limit ?? long.MaxValue))
                return null;
            var lowered = new List<string> { $"limits.max-connections is {Connections} in place of {Needs.Connections}" };
            if (Pipes < Needs.Pipes)
                lowered.Add($"transport.max-pipes {Pipes} in place of {Needs.Pipes}");
            if (Silent < Needs.Silent)
                lowered.Add($"silent-drop.max {Silent} in place of {Needs.Silent}");
            return $"{Limit} open files are allowed and {Needs.Total} could be needed (2 a connection, 2 a pipe, 2 of each silent-drop.max, {Needs.Others} others), "
                + $"so {string.Join(", ", lowered)}; raise the limit (LimitNOFILE=, --ulimit nofile=, ulimit -n) to {Needs.Total}";
        }
    }
}

/// <summary>What a configuration could come to have open at once. Pure.</summary>
/// <param name="Connections">Clients; two descriptors each, the client's and the server's.</param>
/// <param name="Pipes">Two descriptors each.</param>
/// <param name="Silent">Silently dropped clients that are held; as many more may be those that were sent an alert.</param>
/// <param name="Others">Descriptors of everything else.</param>
public sealed record DescriptorNeeds(int Connections, int Pipes, int Silent, int Others)
{
    /// <summary>Of the runtime itself, and for files and name look-ups that come and go: some 50 are open in a process that does
    /// nothing.</summary>
    public const int Reserve = 128;

    /// <summary>Clients of the control socket at once.</summary>
    private const int ControlSessions = 256;

    /// <summary>For all connections, pipes and held sockets, and what else there is.</summary>
    public long Total => Others + 2L * Connections + 2L * Pipes + 2L * Silent;

    public static DescriptorNeeds Of(EdgeSettings settings)
    {
        var epoll = Transports.IsEpoll(settings.Transport);
        var reactors = epoll ? Transports.Reactors(settings.Transport) : 1;
        var listening = settings.Listeners.Sum(static listener => listener.Binds.Count) * reactors;
        var others = Reserve
            // Each may accept one client more than there is room for; and another process may be given each.
            + listening * (1 + 2 + 1)
            // epoll and eventfd, and what is rounded up where pipes and held sockets are shared out.
            + reactors * (2 + 6)
            + settings.Backends.Values.Where(static backend => backend.Health.Enabled).Sum(static backend => backend.Servers.Count)
            + (settings.HttpRedirect is { } redirect ? redirect.Binds.Count + redirect.MaxConnections * (redirect.AcmeBackend is null ? 1 : 2) : 0)
            + (settings.Admin is { } admin ? 2 * (1 + admin.MaxConnections) : 0)
            + (settings.Control.Socket is null ? 0 : ControlSessions);
        return new DescriptorNeeds(settings.Limits.MaxConnections, epoll ? settings.Transport.MaxPipes : 0, settings.SilentDrop.Max, others);
    }
}

/// <summary>RLIMIT_NOFILE, getrlimit(2): descriptors that this process may have open.</summary>
internal static class OpenFileLimit
{
    /// <summary>Raises the soft limit to the hard one, in case the runtime has not.</summary>
    /// <returns>The limit in force; null: unknown, as elsewhere than on Linux of 64 bits.</returns>
    public static long? Raise()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || Native.GetLimit(Native.RlimitNoFile, out var limit) != 0)
            return null;
        if (limit.Soft < limit.Hard)
        {
            _ = Native.SetLimit(Native.RlimitNoFile, limit with { Soft = limit.Hard });
            _ = Native.GetLimit(Native.RlimitNoFile, out limit);
        }
        return (long)Math.Min(limit.Soft, int.MaxValue);
    }
}
