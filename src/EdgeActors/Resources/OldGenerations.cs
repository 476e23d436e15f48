namespace EdgeActors.Resources;

/// <summary>
/// Whether what has survived the youngest generation is to be collected before the runtime would. In Akka.NET each connection
/// replaces some nodes of the immutable tree that its parent keeps its children in: with thousands of them open these have grown old, and the
/// runtime lets them lie for many minutes.
/// </summary>
/// <param name="bytes">Its size now.</param>
/// <param name="collections">How often it has been collected.</param>
internal sealed class OldGenerations(long bytes, int collections)
{
    /// <summary>Less is not worth stopping for.</summary>
    public const long Least = 2 << 20;

    /// <summary>It may grow by one part in so many.</summary>
    public const int Part = 8;

    /// <summary>Asked now and then.</summary>
    public bool IsDue(long size, int collectionsByNow)
    {
        if (collections == collectionsByNow)
            return size - bytes >= Math.Max(Least, bytes / Part);
        Collected(size, collectionsByNow);
        return false;
    }

    /// <summary>It is as small as it gets.</summary>
    public void Collected(long size, int collectionsByNow) => (bytes, collections) = (size, collectionsByNow);
}
