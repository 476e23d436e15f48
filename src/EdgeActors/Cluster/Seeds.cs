using System.Net;
using EdgeActors.Routing;

namespace EdgeActors.Cluster;

/// <summary>A node's address as the others know it, in the order in which Akka.Cluster sorts members: by host as text, then by port.</summary>
public readonly record struct NodeAddress(string Host, int Port) : IComparable<NodeAddress>
{
    public static NodeAddress Of(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new(endPoint.Address.ToString(), endPoint.Port);
    }

    public int CompareTo(NodeAddress other) =>
        string.CompareOrdinal(Host, other.Host) is var order and not 0 ? order : Port.CompareTo(other.Port);

    public static bool operator <(NodeAddress left, NodeAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(NodeAddress left, NodeAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(NodeAddress left, NodeAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(NodeAddress left, NodeAddress right) => left.CompareTo(right) >= 0;

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>
/// Whom a node asks to be let in. The lowest address among the seeds makes the cluster when nobody else has one; the others only join, unless
/// nobody is there for long: two that each make their own would have to give one up again. Pure but for <see cref="Resolve"/>.
/// </summary>
/// <param name="Others">All nodes but this one, in order.</param>
/// <param name="Rank">How many of them come before it.</param>
public sealed record Seeds(IReadOnlyList<NodeAddress> Others, int Rank)
{
    /// <summary>How long the first after the lowest waits for somebody, before it makes a cluster; the next one twice as long.</summary>
    public static readonly TimeSpan MakeAfter = TimeSpan.FromSeconds(10);

    /// <summary>How long a node waits to be let in, at first, before it begins anew.</summary>
    public static readonly TimeSpan BeginAnewAfter = TimeSpan.FromMinutes(1);

    /// <summary>From then on every 16 minutes.</summary>
    public const int MostDoublings = 4;

    public static Seeds Of(IEnumerable<NodeAddress> all, NodeAddress self)
    {
        NodeAddress[] others = [.. all.Where(node => node != self).Distinct().Order()];
        return new Seeds(others, others.Count(node => node.CompareTo(self) < 0));
    }

    /// <summary>Names that lead nowhere are left out.</summary>
    internal static async Task<Seeds> Resolve(IReadOnlyList<EndPoint> seeds, NodeAddress self, IHostResolver resolver)
    {
        var all = new List<NodeAddress>();
        foreach (var seed in seeds)
        {
            if (seed is IPEndPoint address)
                all.Add(NodeAddress.Of(address));
            else if (seed is DnsEndPoint name)
                all.AddRange((await resolver.Resolve(name.Host).ConfigureAwait(false)).Select(found => new NodeAddress(found.ToString(), name.Port)));
        }
        return Of(all, self);
    }

    /// <summary>
    /// Whether to begin anew, with an identity that nobody remembers anything of: nodes may hold against each other what they did before a cable was
    /// cut. Each time it waits twice as long, as it is more likely that there is nobody.
    /// </summary>
    /// <param name="alone">Since when nobody has let this node in.</param>
    /// <param name="before">How often it has begun anew for that already.</param>
    public static bool BeginsAnew(TimeSpan alone, int before) => alone >= BeginAnewAfter * (1 << Math.Clamp(before, 0, MostDoublings));

    /// <summary>Whether to make a cluster now.</summary>
    /// <param name="alone">Since when nobody has let this node in.</param>
    /// <param name="knewOthers">It was in a cluster with others before: they may be there still, out of reach, so it waits for them.</param>
    /// <param name="othersAreOut">All of them have just said that they are in none either.</param>
    public bool MakesCluster(TimeSpan alone, bool knewOthers, bool othersAreOut) =>
        (othersAreOut && Rank == 0) || (!knewOthers && alone >= Rank * MakeAfter);
}

/// <summary>Two clusters of nodes that should be one: the smaller gives way; of two as large, that whose lowest address is the higher one.</summary>
public static class Islands
{
    public static bool Yields(int members, string lowest, int otherMembers, string otherLowest) =>
        members != otherMembers ? members < otherMembers : string.CompareOrdinal(lowest, otherLowest) > 0;
}
