namespace EdgeHost.Redirect;

/// <summary>
/// Spreads events so that no second holds more than <c>rate</c> of them. It keeps the times of the last <c>rate</c> events; the next one
/// may happen a second after the oldest. A token bucket would admit twice as many in the second after an idle one.
/// </summary>
/// <param name="rate">Null: no limit.</param>
internal sealed class AcceptPace(int? rate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long[] _times = new long[rate ?? 0];
    private long _count;

    /// <returns>How long the caller has to wait until its event.</returns>
    public TimeSpan Reserve()
    {
        if (_times.Length == 0)
            return TimeSpan.Zero;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            ref var oldest = ref _times[_count % _times.Length];
            oldest = _count++ < _times.Length ? now : Math.Max(now, oldest + time.TimestampFrequency);
            return time.GetElapsedTime(now, oldest);
        }
    }
}
