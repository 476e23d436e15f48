namespace EdgeActors.Cluster.Membership;

/// <summary>What one cluster system of this process leaves to the next.</summary>
internal sealed class ClusterHistory
{
    private volatile bool _knewOthers;

    /// <summary>From 1.</summary>
    public int Incarnation { get; set; }

    /// <summary>Whether there ever was another node.</summary>
    public bool KnewOthers
    {
        get => _knewOthers;
        set => _knewOthers = value;
    }

    public string? LastEnd { get; set; }

    /// <summary>Cluster systems, one after the other, that nobody has let in.</summary>
    public int LeftOut { get; set; }
}
