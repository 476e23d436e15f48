using System.Diagnostics;

namespace EdgeHost.Tests.Harness;

/// <summary>Waits on a condition, for at most a deadline that a loaded machine keeps too.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    public static async Task<T> Get<T>(Func<T?> attempt, Func<string> otherwise)
        where T : class
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            // Looked at once more after the deadline: this task itself may have been kept waiting.
            var late = Stopwatch.GetElapsedTime(since) > Deadline;
            if (attempt() is { } found)
                return found;
            if (late)
                throw new TimeoutException($"{otherwise()} within {Deadline.TotalSeconds:F0} s");
            await Task.Delay(Step);
        }
    }

    public static Task True(Func<bool> condition, Func<string> otherwise) =>
        Get(() => condition() ? "" : null, otherwise);
}
