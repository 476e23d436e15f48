using Akka.Event;

namespace EdgeActors.Cluster.Remoting;

/// <summary>Tells of peers that are not let in, one a second at most: the port may be within reach of a scanner.</summary>
internal sealed class RefusalLog(ILoggingAdapter log, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long? _last;
    private long _untold;

    public void Tell(object? peer, string why)
    {
        long untold;
        lock (_lock)
        {
            if (_last is { } last && time.GetElapsedTime(last) < Pause)
            {
                _untold++;
                return;
            }
            _last = time.GetTimestamp();
            (untold, _untold) = (_untold, 0);
        }
        log.Warning("cluster: {0} was not let in: {1}{2}", peer, why, untold == 0 ? "" : $" (and {untold} before it)");
    }
}
