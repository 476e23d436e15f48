namespace EdgeActors.Cluster;

/// <summary>A node's membership in a cluster, for whoever starts and ends it.</summary>
public interface ICluster : IAsyncDisposable
{
    /// <summary>Hands the shards over, leaves, and stays out until <see cref="Join"/>.</summary>
    Task Leave();

    /// <summary>Comes back, if it has left.</summary>
    void Join();

    /// <summary>Ends the cluster's actor system; another one joins.</summary>
    /// <param name="now">Without leaving first, as if it had crashed.</param>
    void Restart(bool now);
}
