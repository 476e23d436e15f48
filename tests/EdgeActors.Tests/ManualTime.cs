namespace EdgeActors.Tests;

/// <summary>A clock that stands still until it is moved. Timers are not part of it.</summary>
internal sealed class ManualTime(long frequency = 1_000_000_000) : TimeProvider
{
    private long _timestamp;

    public override long TimestampFrequency => frequency;

    public override long GetTimestamp() => Volatile.Read(ref _timestamp);

    public void MoveTo(long timestamp) => Volatile.Write(ref _timestamp, timestamp);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _timestamp, (long)(by.TotalSeconds * frequency));
}
