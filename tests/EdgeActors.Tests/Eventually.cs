using System.Diagnostics;

namespace EdgeActors.Tests;

/// <summary>Waits for conditions, never for time.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task True(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            // Looked at once more after the deadline: this task itself may have been kept waiting.
            var late = watch.Elapsed >= Deadline;
            if (condition())
                return;
            Assert.False(late, $"not within {Deadline.TotalSeconds} s: {what}");
            await Task.Delay(5);
        }
    }

    public static async Task True(Func<Task<bool>> condition, Func<string> what, TimeSpan deadline)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed >= deadline)
                Assert.Fail($"not within {deadline.TotalSeconds} s: {what()}");
            await Task.Delay(5);
        }
    }

    public static Task True(Func<bool> condition, Func<string> what, TimeSpan deadline) =>
        True(() => Task.FromResult(condition()), what, deadline);

    public static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Deadline);

    public static Task Within(Task task) => task.WaitAsync(Deadline);
}
