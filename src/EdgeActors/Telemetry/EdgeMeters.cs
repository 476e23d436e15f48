using System.Diagnostics.Metrics;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>
/// Edge's counters: one per outcome, all in one list. The instruments are named for OpenTelemetry; the arrays beside them are
/// for readers inside the process, which need no listener.
/// </summary>
public sealed class EdgeMeters : IDisposable
{
    public const string Name = "Edge";

    private static readonly KeyValuePair<string, object?>[] ReasonTags =
        [.. Enum.GetValues<CloseReason>().Select(r => new KeyValuePair<string, object?>("reason", r.Facts().Label))];

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _admissionTimeouts;
    private readonly Counter<long> _acceptPauses;
    private readonly long[] _closedByReason = new long[ReasonTags.Length];
    private RateMeter _acceptRate;
    private long _acceptedTotal;
    private long _admissionTimeoutsTotal;
    private long _acceptPausesTotal;

    public EdgeMeters()
    {
        _accepted = _meter.CreateCounter<long>("edge.connections.accepted", "{connection}");
        _closed = _meter.CreateCounter<long>("edge.connections.closed", "{connection}", "by reason");
        _admissionTimeouts = _meter.CreateCounter<long>(
            "edge.admission.timeouts", "{connection}", "decided by this node alone, as the rate limiter did not answer in time");
        _acceptPauses = _meter.CreateCounter<long>("edge.accept.pauses", "{pause}", "accepting stopped for lack of a resource");
        AdmissionTime = new TimeHistogram(_meter, "edge.admission.time", "from accept to the rate limiter's answer");
        PeekTime = new TimeHistogram(_meter, "edge.peek.time", "from accept to the end of the hello");
        DialTime = new TimeHistogram(_meter, "edge.dial.time", "from the hello to the join with a server, without the time in a queue");
    }

    public long AcceptedTotal => Interlocked.Read(ref _acceptedTotal);

    public long AdmissionTimeoutsTotal => Interlocked.Read(ref _admissionTimeoutsTotal);

    public long AcceptPausesTotal => Interlocked.Read(ref _acceptPausesTotal);

    public TimeHistogram AdmissionTime { get; }

    public TimeHistogram PeekTime { get; }

    public TimeHistogram DialTime { get; }

    public long ClosedTotal(CloseReason reason) => Interlocked.Read(ref _closedByReason[(int)reason]);

    /// <summary>Shows a number that someone else keeps.</summary>
    public void Observe(string name, string unit, Func<long> value) => _meter.CreateObservableGauge(name, value, unit);

    /// <summary>Shows what this node's listeners, backends and servers count.</summary>
    internal void Observe(NodeState node) => Stats.TrafficInstruments.AddTo(_meter, node);

    public void Dispose() => _meter.Dispose();

    /// <summary>New connections in the second before <paramref name="now"/>.</summary>
    public long AcceptRate(long now) => _acceptRate.PerSecond(now);

    /// <summary>The most new ones in one second.</summary>
    public long AcceptRateMax => _acceptRate.Max;

    internal void Accepted(long now)
    {
        _acceptRate.Count(now);
        Interlocked.Increment(ref _acceptedTotal);
        _accepted.Add(1);
    }

    internal void Closed(CloseReason reason)
    {
        Interlocked.Increment(ref _closedByReason[(int)reason]);
        _closed.Add(1, ReasonTags[(int)reason]);
    }

    internal void AdmissionTimedOut()
    {
        Interlocked.Increment(ref _admissionTimeoutsTotal);
        _admissionTimeouts.Add(1);
    }

    internal void AcceptPaused()
    {
        Interlocked.Increment(ref _acceptPausesTotal);
        _acceptPauses.Add(1);
    }
}
