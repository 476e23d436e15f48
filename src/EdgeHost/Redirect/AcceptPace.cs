namespace EdgeHost.Redirect;

/// <summary>
/// At most <c>rate</c> events within any one second: the time of each of the last ones is kept, and the next may come a second after the
/// oldest of them. A bucket of tokens would let twice as many through in the second after a quiet one. Used by one at a time.
/// </summary>
/// <param name="rate">Null: as many as come.</param>
internal sealed class AcceptPace(int? rate, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly long[] _times = new long[rate ?? 0];
    private long _count;

    /// <summary>How long the next event has to wait; zero: it may come now.</summary>
    public TimeSpan Wait()
    {
        if (_times.Length == 0 || _count < _times.Length)
            return TimeSpan.Zero;
        var left = Window - time.GetElapsedTime(_times[_count % _times.Length]);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>It comes now.</summary>
    public void Count()
    {
        if (_times.Length > 0)
            _times[_count++ % _times.Length] = time.GetTimestamp();
    }
}
