using EdgeActors.Settings;

namespace EdgeActors.Resources;

/// <summary>
/// What a process may have open of what its configuration wants, so that it never runs out: a connection that waits in the kernel's queue is better off
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

    /// <summary>Of that many connections of another configuration, those that fit beside what is settled for the life of the process.</summary>
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
