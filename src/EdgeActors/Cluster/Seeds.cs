using System.Net;
using EdgeActors.Routing;

namespace EdgeActors.Cluster;

/// <summary>A node's address as the others know it.</summary>
public readonly record struct NodeAddress(string Host, int Port)
{
    /// <summary>As Akka.Cluster sorts members: by host as text, then by port.</summary>
    public static readonly Comparer<NodeAddress> Order = Comparer<NodeAddress>.Create(static (a, b) =>
        string.CompareOrdinal(a.Host, b.Host) is var order and not 0 ? order : a.Port.CompareTo(b.Port));

    public static NodeAddress Of(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new(endPoint.Address.ToString(), endPoint.Port);
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>
/// The nodes that a node asks to join. The lowest address among the seeds forms the cluster when there is none; the others form one only
/// after a longer wait, as two clusters would have to be joined again. Pure but for <see cref="Resolve"/>.
/// </summary>
/// <param name="Others">All nodes but this one, in order.</param>
/// <param name="Rank">How many of them come before it.</param>
public sealed record Seeds(IReadOnlyList<NodeAddress> Others, int Rank)
{
    /// <summary>Wait of the second lowest address before it forms a cluster; the third waits twice as long.</summary>
    public static readonly TimeSpan MakeAfter = TimeSpan.FromSeconds(10);

    /// <summary>First wait to join before a restart.</summary>
    public static readonly TimeSpan BeginAnewAfter = TimeSpan.FromMinutes(1);

    /// <summary>From then on every 16 minutes.</summary>
    public const int MostDoublings = 4;

    public static Seeds Of(IEnumerable<NodeAddress> all, NodeAddress self)
    {
        NodeAddress[] others = [.. all.Where(node => node != self).Distinct().Order(NodeAddress.Order)];
        return new Seeds(others, others.Count(node => NodeAddress.Order.Compare(node, self) < 0));
    }

    /// <summary>Names without an address are left out.</summary>
    internal static async Task<Seeds> Resolve(IReadOnlyList<EndPoint> seeds, NodeAddress self, IHostResolver resolver)
    {
        var all = new List<NodeAddress>();
        foreach (var seed in seeds)
        {
            if (seed is IPEndPoint address)
                all.Add(NodeAddress.Of(address));
            else if (seed is DnsEndPoint name)
                all.AddRange(from found in await resolver.Resolve(name.Host).ConfigureAwait(false)
                             select new NodeAddress($"{found}", name.Port));
        }
        return Of(all, self);
    }

    /// <summary>Whether to restart with a new identity, as other nodes may have quarantined the old one during a network partition. The
    /// wait doubles each time.</summary>
    /// <param name="alone">How long this node has waited to join.</param>
    /// <param name="before">Restarts for this reason so far.</param>
    public static bool BeginsAnew(TimeSpan alone, int before) => alone >= BeginAnewAfter * (1 << Math.Clamp(before, 0, MostDoublings));

    /// <summary>Whether to make a cluster now.</summary>
    /// <param name="alone">How long this node has waited to join.</param>
    /// <param name="knewOthers">It was in a cluster with others, which may still exist out of reach, so it waits for them.</param>
    /// <param name="othersAreOut">All of them have just reported that they are in no cluster.</param>
    public bool MakesCluster(TimeSpan alone, bool knewOthers, bool othersAreOut) =>
        (othersAreOut && Rank == 0) || (!knewOthers && alone >= Rank * MakeAfter);
}

/// <summary>Of two clusters that should be one the smaller yields; of two equal ones, the one whose lowest address is higher.</summary>
public static class Islands
{
    public static bool Yields(int members, string lowest, int otherMembers, string otherLowest) =>
        members != otherMembers ? members < otherMembers : string.CompareOrdinal(lowest, otherLowest) > 0;
}
