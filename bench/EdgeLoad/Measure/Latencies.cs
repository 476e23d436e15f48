using System.Diagnostics;

namespace EdgeLoad.Measure;

/// <summary>Times of many equal things.</summary>
internal sealed class Latencies(int capacity)
{
    private readonly long[] _ticks = new long[capacity];
    private int _count;
    private bool _sorted;

    public void AddSince(long timestamp)
    {
        if (_count < _ticks.Length)
            _ticks[_count++] = Stopwatch.GetTimestamp() - timestamp;
        _sorted = false;
    }

    /// <summary>In microseconds, NaN where nothing was measured.</summary>
    /// <param name="share">0.5 for the median.</param>
    public double Quantile(double share)
    {
        if (_count == 0)
            return double.NaN;
        if (!_sorted)
            Array.Sort(_ticks, 0, _count);
        _sorted = true;
        return _ticks[Math.Min(_count - 1, (int)(_count * share))] * 1e6 / Stopwatch.Frequency;
    }
}
