using System.Diagnostics;

namespace Akka.Actor.Internal;

/// <summary>How often a child was restarted. Made at its first failure.</summary>
public sealed class ChildRestartStats(IInternalActorRef child)
{
    private int _retries;
    private long _windowStart;

    public IInternalActorRef Child { get; } = child;

    /// <summary>
    /// Counts one more restart and says whether it is allowed. A negative bound is none. With a window and no count one restart in it is
    /// allowed. The window opens with the first restart; a restart after its end opens the next.
    /// </summary>
    public bool RequestRestartPermission(int maxNrOfRetries, int withinTimeMilliseconds)
    {
        if (maxNrOfRetries == 0)
            return false;
        if (withinTimeMilliseconds > 0)
            return AllowedInWindow(maxNrOfRetries > 0 ? maxNrOfRetries : 1, withinTimeMilliseconds);
        return maxNrOfRetries < 0 || ++_retries <= maxNrOfRetries;
    }

    private bool AllowedInWindow(int retries, int milliseconds)
    {
        var now = Stopwatch.GetTimestamp();
        if (_windowStart == 0 || Stopwatch.GetElapsedTime(_windowStart, now).TotalMilliseconds > milliseconds)
        {
            _windowStart = now;
            _retries = 1;
            return true;
        }

        return ++_retries <= retries;
    }
}
