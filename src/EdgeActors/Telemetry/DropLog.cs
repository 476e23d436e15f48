using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>Samples and limits the log lines of drops and counts the rest. Thread-safe.</summary>
internal sealed class DropLog(DropLogSettings settings, TimeProvider time)
{
    /// <summary>Low bits of the window, which count the lines of its second; 2^20 exceeds the maximum rate.</summary>
    private const int CountBits = 20;

    private readonly long[] _leftOut = new long[CloseReasons.Count];
    private readonly long[] _told = new long[CloseReasons.Count];
    private long _seen;
    private long _window;

    /// <summary>Connections not logged.</summary>
    public long LeftOut
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < _leftOut.Length; i++)
                sum += Interlocked.Read(ref _leftOut[i]);
            return sum;
        }
    }

    public bool Takes(CloseReason reason)
    {
        // The first of each sample, so that the first drop is logged.
        if ((Interlocked.Increment(ref _seen) - 1) % settings.Sample == 0 && WithinRate())
            return true;
        Interlocked.Increment(ref _leftOut[(int)reason]);
        return false;
    }

    /// <summary>The counts since the last call. Single caller.</summary>
    /// <param name="byReason">Has <see cref="CloseReasons.Count"/> elements.</param>
    /// <returns>False if there are none.</returns>
    public bool TryTell(Span<long> byReason)
    {
        var any = false;
        for (var i = 0; i < _leftOut.Length; i++)
        {
            var now = Interlocked.Read(ref _leftOut[i]);
            byReason[i] = now - _told[i];
            _told[i] = now;
            any |= byReason[i] > 0;
        }
        return any;
    }

    private bool WithinRate()
    {
        if (settings.Rate is not { } rate)
            return true;
        var second = time.GetTimestamp() / time.TimestampFrequency;
        while (true)
        {
            var seen = Volatile.Read(ref _window);
            var next = seen >> CountBits == second ? seen + 1 : (second << CountBits) + 1;
            if ((next & ((1 << CountBits) - 1)) > rate)
                return false;
            if (Interlocked.CompareExchange(ref _window, next, seen) == seen)
                return true;
        }
    }
}
