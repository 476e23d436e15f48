using System.Collections.Concurrent;
using EdgeActors.Connection;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>Node-wide counters. Connection totals are sums over listeners, so an event is counted once.</summary>
public sealed class EdgeMeters
{
    /// <summary>All listeners since start: removed ones stay in the totals, and a returning one continues its counters.</summary>
    private readonly ConcurrentDictionary<string, FrontendTraffic> _listeners = new(StringComparer.Ordinal);

    private RateMeter _acceptRate;
    private long _admissionTimeouts, _acceptPauses, _kernelDropsAdded, _kernelDropped;

    public long AcceptedTotal => _listeners.Values.Sum(static listener => listener.Total);

    public long AdmissionTimeoutsTotal => Interlocked.Read(ref _admissionTimeouts);

    public long AcceptPausesTotal => Interlocked.Read(ref _acceptPauses);

    /// <summary>Addresses that the kernel was told to drop.</summary>
    public long KernelDropsAddedTotal => Interlocked.Read(ref _kernelDropsAdded);

    /// <summary>Packets that the sinks of listening sockets have dropped.</summary>
    public long KernelDroppedTotal => Interlocked.Read(ref _kernelDropped);

    /// <summary>From accept to the rate limiter's answer.</summary>
    public TimeHistogram AdmissionTime { get; } = new();

    /// <summary>From accept to the end of the hello.</summary>
    public TimeHistogram PeekTime { get; } = new();

    /// <summary>From the hello to the join, without queue time.</summary>
    public TimeHistogram DialTime { get; } = new();

    /// <summary>Peak of new connections per second over all listeners together.</summary>
    public long AcceptRateMax => _acceptRate.Max;

    public long ClosedTotal(CloseReason reason) => _listeners.Values.Sum(listener => listener.EndedAs(reason));

    /// <summary>Timestamp of the last connection that ended for this reason; 0: none.</summary>
    public long LastClosed(CloseReason reason) =>
        _listeners.Values.Select(listener => listener.LastEndedAs(reason)).DefaultIfEmpty().Max();

    public long AcceptRate(long now) => _acceptRate.PerSecond(now);

    internal FrontendTraffic Listener(string name) => _listeners.GetOrAdd(name, static name => new FrontendTraffic(name));

    internal void Accepted(long now) => _acceptRate.Count(now);

    internal void AdmissionTimedOut() => Interlocked.Increment(ref _admissionTimeouts);

    internal void KernelDropsAdded(int count) => Interlocked.Add(ref _kernelDropsAdded, count);

    internal void KernelDropped(long packets) => Interlocked.Add(ref _kernelDropped, packets);

    internal void AcceptPaused() => Interlocked.Increment(ref _acceptPauses);
}
