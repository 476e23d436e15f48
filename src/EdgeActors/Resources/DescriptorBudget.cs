using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>Fits the configuration into the descriptor limit: a connection in the backlog is better than one without a descriptor for its
/// server. Pure.</summary>
/// <param name="Limit">The total; null: unlimited.</param>
/// <param name="Connections">At least 1.</param>
/// <param name="Silent">Held silent drops.</param>
public sealed record DescriptorBudget(long? Limit, DescriptorNeeds Needs, int Connections, int Pipes, int Silent)
{
    /// <summary>Connections of http-redirect.</summary>
    public int Redirects { get; init; } = Needs.Redirects;

    /// <summary>Reduces connections first, to half of the descriptors; then pipes, held sockets and http-redirect, in proportion.</summary>
    public static DescriptorBudget Fit(long? limit, DescriptorNeeds needs)
    {
        if (limit is not { } all || needs.Total <= all)
        {
            // Half of the rest: a reload may raise max-connections.
            var more = limit is { } most ? (most - needs.Total) / 4 : int.MaxValue;
            var silent = needs.SilentMost is { } wanted ? (int)Math.Min(wanted, needs.Silent + more) : needs.Silent;
            return new DescriptorBudget(limit, needs, needs.Connections, needs.Pipes, silent);
        }
        var left = Math.Max(all - needs.Others, 0);
        var extras = needs.Total - needs.Others - 2L * needs.Connections;
        var connections = Math.Max((left - extras) / 2, Math.Min(needs.Connections, left / 4));
        var room = left - 2 * connections;
        int Fitting(int wanted) => extras <= room ? wanted : (int)(room * wanted / extras);
        return new DescriptorBudget(limit, needs, (int)Math.Max(connections, 1), Fitting(needs.Pipes), Fitting(needs.Silent))
        {
            Redirects = Math.Max(Fitting(needs.Redirects), Math.Min(needs.Redirects, 1)),
        };
    }

    /// <summary>The connections that fit after a reload, beside the pipes, held sockets and redirects fixed at start.</summary>
    public int ConnectionsOf(int wanted)
    {
        if (Limit is not { } all)
            return wanted;
        return (int)Math.Clamp((all - Needs.Others - (long)Redirects * Needs.PerRedirect) / 2 - Pipes - Silent, 1, wanted);
    }

    /// <summary>Applies the limits to the settings.</summary>
    public EdgeSettings Apply(EdgeSettings settings) => settings with
    {
        Transport = settings.Transport with { MaxPipes = Math.Min(settings.Transport.MaxPipes, Pipes) },
        SilentDrop = settings.SilentDrop with { Max = Math.Min(settings.SilentDrop.Max ?? int.MaxValue, Silent) },
        HttpRedirect = settings.HttpRedirect is { } redirect ? redirect with { MaxConnections = Redirects } : null,
    };

    /// <summary>For the operator; null: enough descriptors.</summary>
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
            if (Redirects < Needs.Redirects)
                lowered.Add($"http-redirect.max-connections {Redirects} in place of {Needs.Redirects}");
            var redirects = Needs.Redirects == 0 ? "" : $"{Needs.PerRedirect} of each http-redirect.max-connections, ";
            return $"{Limit} open files are allowed and {Needs.Total} could be needed "
                + $"(2 a connection, 2 a pipe, 2 of each silent-drop.max, {redirects}{Needs.Others} others), "
                + $"so {string.Join(", ", lowered)}; raise the limit (LimitNOFILE=, --ulimit nofile=, ulimit -n) to {Needs.Total}";
        }
    }
}

/// <summary>The maximum descriptor demand of a configuration. Pure.</summary>
/// <param name="Connections">Two descriptors each: client and server.</param>
/// <param name="Pipes">Two descriptors each.</param>
/// <param name="Silent">Held silent drops; as many again for clients after an alert.</param>
/// <param name="Others">All other descriptors.</param>
/// <param name="SilentMost">As many held silent drops if descriptors are left; null: no more.</param>
public sealed record DescriptorNeeds(int Connections, int Pipes, int Silent, int Others, int? SilentMost = null)
{
    /// <summary>For assemblies, whose files the runtime keeps open, other files and DNS lookups. 117 open descriptors at the start became
    /// 243 with every feature on (2026-11-29).</summary>
    public const int Spare = 160;

    /// <summary>Maximum clients of the control socket.</summary>
    private const int ControlSessions = 256;

    /// <summary>Connections of http-redirect.</summary>
    public int Redirects { get; init; }

    /// <summary>Two with a server for ACME challenges.</summary>
    public int PerRedirect { get; init; } = 1;

    /// <summary>The sum of all.</summary>
    public long Total => Others + 2L * Connections + 2L * Pipes + 2L * Silent + (long)Redirects * PerRedirect;

    /// <param name="open">Open now: the program itself.</param>
    public static DescriptorNeeds Of(EdgeSettings settings, int open)
    {
        var epoll = Transports.IsEpoll(settings.Transport);
        var others = Least(settings, open)
            + settings.Backends.Values.Where(static backend => backend.Health.Enabled).Sum(static backend =>
                backend.Servers.Any(static server => server.AllAddresses) ? BackendSettings.MaxServers : backend.Servers.Count)
            + (settings.HttpRedirect?.Binds.Count ?? 0)
            + (settings.Admin is { } admin ? 2 * (1 + admin.MaxConnections) : 0)
            + (settings.Control.Socket is null ? 0 : ControlSessions);
        return new DescriptorNeeds(
            settings.Limits.MaxConnections,
            epoll ? settings.Transport.MaxPipes : 0,
            settings.SilentDrop.Max ?? SilentDropSettings.AutoLeast,
            others,
            settings.SilentDrop.Max is null ? SilentDropSettings.AutoMost : null)
        {
            Redirects = settings.HttpRedirect?.MaxConnections ?? 0,
            PerRedirect = settings.HttpRedirect?.AcmeBackend is null ? 1 : 2,
        };
    }

    /// <summary>Descriptors without which Edge does not work, without any connection.</summary>
    public static int Least(EdgeSettings settings, int open)
    {
        var reactors = Transports.IsEpoll(settings.Transport) ? Transports.Reactors(settings.Transport) : 1;
        var listening = settings.Listeners.Sum(static listener => listener.Binds.Count) * reactors;
        return open + Spare
            // Each listener may accept one client over the limit, may be duplicated for another process, and may have a sink (SynSink).
            + listening * (1 + 2 + 1 + 1)
            // epoll, eventfd, and rounding of the pipes and held sockets per reactor.
            + reactors * (2 + 6);
    }
}

/// <summary>Descriptors of this process and their limit, RLIMIT_NOFILE of getrlimit(2).</summary>
public static class OpenFiles
{
    private const int OnePair = 2;

    /// <summary>Entries of the table of descriptors, 8 bytes of kernel memory each.</summary>
    private const int Reserved = 64 * 1024;

    /// <summary>Open now, without those of kept connections and their pipes, which the limits of connections and pipes count. Without
    /// /proc: not above 0.</summary>
    /// <param name="keeper">The source of kept connections; null: there are none.</param>
    public static int Count(KeeperChannel? keeper) =>
        (Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0) - (keeper?.Received ?? 0);

    /// <returns>Why Edge cannot work with the limit in force; null: it can.</returns>
    public static string? Shortage(EdgeSettings settings, long? limit, int open)
    {
        var least = DescriptorNeeds.Least(settings, open) + OnePair;
        return limit is not { } allowed || allowed >= least ? null
            : $"{allowed} open files are allowed, and Edge needs {least} for itself and one connection; "
                + "raise the limit (LimitNOFILE=, --ulimit nofile=, ulimit -n)";
    }

    /// <summary>Raises the soft limit to the hard limit, if the runtime has not.</summary>
    /// <returns>The limit in force; null: unknown (not 64-bit Linux).</returns>
    public static long? RaiseLimit()
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

    /// <summary>Grows the kernel's table of descriptors once. The kernel doubles a full table and waits for an RCU grace period
    /// (expand_fdtable in fs/file.c), so a first burst of clients would stall several times for 10 to 30 ms.</summary>
    /// <param name="limit">Of <see cref="RaiseLimit"/>.</param>
    public static void Reserve(long? limit)
    {
        if (limit is not { } allowed || Native.EventFd(0, Native.EventFdCloExec) is not (>= 0 and var fd))
            return;
        var last = Native.FileControl(fd, Native.FDuplicateCloExec, (int)Math.Min(allowed, Reserved) - 1);
        if (last >= 0)
            _ = Native.Close(last);
        _ = Native.Close(fd);
    }
}
