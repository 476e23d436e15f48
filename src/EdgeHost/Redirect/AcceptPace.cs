namespace EdgeHost.Redirect;

/// <summary>
/// Admits at most <c>rate</c> events within any one second. It keeps the time of each of the last <c>rate</c> events; the next event may
/// happen one second after the oldest. A token bucket would admit twice as many in the second after an idle one.
/// </summary>
/// <param name="rate">Null: no limit.</param>
internal sealed class AcceptPace(int? rate, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly long[] _times = new long[rate ?? 0];
    private long _count;

    /// <summary>How long the next event has to wait.</summary>
    public TimeSpan Wait()
    {
        if (_count < _times.Length || _times.Length == 0)
            return TimeSpan.Zero;
        var left = Window - time.GetElapsedTime(_times[_count % _times.Length]);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The event happens now.</summary>
    public void Count()
    {
        if (_times.Length > 0)
            _times[_count++ % _times.Length] = time.GetTimestamp();
    }

    /// <summary>Waits for the caller's turn, and counts it.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            while (Wait() is var wait && wait > TimeSpan.Zero)
                await Task.Delay(wait, time, cancel);
            Count();
        }
        finally
        {
            _turn.Release();
        }
    }
}
