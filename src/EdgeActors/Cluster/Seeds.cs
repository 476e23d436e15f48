using System.Net;
using EdgeActors.Routing;

namespace EdgeActors.Cluster;

/// <summary>A node's address in the cluster.</summary>
public readonly record struct NodeAddress(string Host, int Port)
{
    /// <summary>Akka.Cluster's order of members: host as text, then port.</summary>
    public static readonly Comparer<NodeAddress> Order = Comparer<NodeAddress>.Create(static (a, b) =>
        string.CompareOrdinal(a.Host, b.Host) is var order and not 0 ? order : a.Port.CompareTo(b.Port));

    public static NodeAddress Of(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new(endPoint.Address.ToString(), endPoint.Port);
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>The nodes that a node asks to join. The lowest seed forms the cluster if there is none; the others wait longer, as two
/// clusters would have to be merged. Pure but for <see cref="Resolve"/>.</summary>
/// <param name="Others">All other nodes, in order.</param>
/// <param name="Rank">Number of other nodes before this one.</param>
public sealed record Seeds(IReadOnlyList<NodeAddress> Others, int Rank)
{
    /// <summary>Wait of the lowest address before it forms a cluster: another node may be in one, and answers late on a busy
    /// machine.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    /// <summary>So much longer waits the second lowest address, and the third twice as long.</summary>
    public static readonly TimeSpan MakeAfter = TimeSpan.FromSeconds(10);

    /// <summary>First wait to join before a restart.</summary>
    public static readonly TimeSpan BeginAnewAfter = TimeSpan.FromMinutes(1);

    /// <summary>The wait doubles up to 16 minutes.</summary>
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

    /// <summary>Whether to restart with a new identity: the old one may be quarantined. The wait doubles each time.</summary>
    /// <param name="alone">How long this node has waited to join.</param>
    /// <param name="before">Restarts for this reason so far.</param>
    public static bool BeginsAnew(TimeSpan alone, int before) => alone >= BeginAnewAfter * (1 << Math.Clamp(before, 0, MostDoublings));

    /// <summary>Whether to form a cluster now.</summary>
    /// <param name="alone">How long this node has waited to join.</param>
    /// <param name="knewOthers">Its cluster had other nodes; they may exist out of reach, so it waits for them.</param>
    /// <param name="clusters">What all of them have just reported. False: they are in no cluster. True: one of them is, and lets this node
    /// in as soon as its previous incarnation is removed. Null: one has not answered.</param>
    public bool MakesCluster(TimeSpan alone, bool knewOthers, bool? clusters) => clusters switch
    {
        true => false,
        false when Rank == 0 => true,
        _ => !knewOthers && (Others.Count == 0 || alone >= AnswerTimeout + Rank * MakeAfter),
    };
}

/// <summary>Of two separate clusters the smaller yields; of two equal ones, the one with the higher lowest address.</summary>
public static class Islands
{
    public static bool Yields(int members, string lowest, int otherMembers, string otherLowest) =>
        members != otherMembers ? members < otherMembers : string.CompareOrdinal(lowest, otherLowest) > 0;
}
