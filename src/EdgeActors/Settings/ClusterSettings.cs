using System.Net;
using EdgeActors.Config;

namespace EdgeActors.Settings;

/// <summary>How this node finds the others. Whether there can be a cluster at all, the host decides.</summary>
public sealed record ClusterSettings
{
    public required bool Enabled { get; init; }

    /// <summary>What the others call this node.</summary>
    public required string Name { get; init; }

    /// <summary>Where it listens for the others, which know it by this address; of one interface, and with a port.</summary>
    public required IPEndPoint Bind { get; init; }

    /// <summary>All nodes, this one included or not. Host names stand for all of their addresses.</summary>
    public required IReadOnlyList<EndPoint> Seeds { get; init; }

    /// <summary>How long the nodes have to see each other, or not, before those that are not seen are taken for gone.</summary>
    public required TimeSpan StableAfter { get; init; }

    /// <summary>Null: what the nodes say to each other goes plain.</summary>
    public ClusterTlsSettings? Tls { get; init; }

    /// <summary>Whether a server that another node sees down falls at its first failed check.</summary>
    public bool ShortensFall { get; init; }

    /// <summary>Records hold lists by reference; two readings of one text are to be the same.</summary>
    public bool Equals(ClusterSettings? other) =>
        other is not null && Enabled == other.Enabled && Name == other.Name && Bind.Equals(other.Bind)
        && Seeds.SequenceEqual(other.Seeds) && StableAfter == other.StableAfter && Tls == other.Tls && ShortensFall == other.ShortensFall;

    public override int GetHashCode() => HashCode.Combine(Enabled, Name, Bind);
}

/// <summary>Who this node is to the other nodes of its cluster, and whom it takes for one of them. Full paths of PEM files.</summary>
/// <param name="Certificate">This node's, with the links between it and the authority, if there are any, behind it.</param>
/// <param name="Key">Its private key, not encrypted.</param>
/// <param name="Authority">Whoever shows a certificate of one of these is a node.</param>
public sealed record ClusterTlsSettings(string Certificate, string Key, string Authority);
