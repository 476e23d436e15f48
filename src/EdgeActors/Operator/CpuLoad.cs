namespace EdgeActors.Operator;

/// <summary>What this process has taken of the CPUs of late; also the timer's order to look. For one thread at a time.</summary>
internal sealed class CpuLoad(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private (long At, TimeSpan Used) _before = (time.GetTimestamp(), TimeSpan.Zero);
    private (long At, TimeSpan Used) _last = (time.GetTimestamp(), Used);

    /// <summary>Of one CPU, over the last interval or two: two busy ones are 200.</summary>
    public double Percent
    {
        get
        {
            var elapsed = time.GetElapsedTime(_before.At);
            return elapsed <= TimeSpan.Zero ? 0 : 100 * ((Used - _before.Used) / elapsed);
        }
    }

    private static TimeSpan Used => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()
        ? Environment.CpuUsage.TotalTime
        : TimeSpan.Zero;

    public void Sample()
    {
        _before = _last;
        _last = (time.GetTimestamp(), Used);
    }
}
