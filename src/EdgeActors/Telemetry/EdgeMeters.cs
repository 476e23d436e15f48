using System.Collections.Concurrent;
using EdgeActors.Connection;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>What a node counts as a whole. An event is counted once: totals of connections are sums over the listeners that have counted them.</summary>
public sealed class EdgeMeters
{
    /// <summary>Of every listener that there ever was: one that is gone stays in the totals, one that comes back goes on counting.</summary>
    private readonly ConcurrentDictionary<string, FrontendTraffic> _listeners = new(StringComparer.Ordinal);

    private RateMeter _acceptRate;
    private long _admissionTimeouts, _acceptPauses;

    public long AcceptedTotal => _listeners.Values.Sum(static listener => listener.Total);

    public long AdmissionTimeoutsTotal => Interlocked.Read(ref _admissionTimeouts);

    public long AcceptPausesTotal => Interlocked.Read(ref _acceptPauses);

    /// <summary>From accept to the rate limiter's answer.</summary>
    public TimeHistogram AdmissionTime { get; } = new();

    /// <summary>From accept to the end of the hello.</summary>
    public TimeHistogram PeekTime { get; } = new();

    /// <summary>From the hello to the join with a server, without the time in a queue.</summary>
    public TimeHistogram DialTime { get; } = new();

    /// <summary>The most new connections in one second: of all listeners together, which their own peaks do not tell.</summary>
    public long AcceptRateMax => _acceptRate.Max;

    public long ClosedTotal(CloseReason reason) => _listeners.Values.Sum(listener => listener.EndedAs(reason));

    /// <summary>New connections in the second before <paramref name="now"/>.</summary>
    public long AcceptRate(long now) => _acceptRate.PerSecond(now);

    internal FrontendTraffic Listener(string name) => _listeners.GetOrAdd(name, static name => new FrontendTraffic(name));

    internal void Accepted(long now) => _acceptRate.Count(now);

    internal void AdmissionTimedOut() => Interlocked.Increment(ref _admissionTimeouts);

    internal void AcceptPaused() => Interlocked.Increment(ref _acceptPauses);
}
