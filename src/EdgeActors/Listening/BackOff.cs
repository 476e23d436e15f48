namespace EdgeActors.Listening;

/// <summary>Delays that double from 100 ms to 5 s, and start over after a quiet minute.</summary>
public struct BackOff
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private TimeSpan _last;
    private long _at;

    public TimeSpan Next(TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (_last == TimeSpan.Zero || time.GetElapsedTime(_at, now) >= Quiet)
            _last = First;
        else
            _last = _last * 2 < Longest ? _last * 2 : Longest;
        _at = now;
        return _last;
    }
}
