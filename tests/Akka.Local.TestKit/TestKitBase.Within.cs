using System.Diagnostics;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    // Time stamp of the end of the innermost Within; null outside of one.
    private long? _end;

    /// <summary>What is left of the time of the enclosing Within.</summary>
    public TimeSpan Remaining => _end is { } end
        ? Left(end)
        : throw new InvalidOperationException(@"Remaining may not be called outside of ""within""");

    public TimeSpan RemainingOrDefault => RemainingOr(Dilated(TestKitSettings.SingleExpectDefault));

    public TimeSpan Dilated(TimeSpan duration) => duration == Timeout.InfiniteTimeSpan ? duration : duration * TestKitSettings.TestTimeFactor;

    public TimeSpan GetTimeoutOrDefault(TimeSpan? timeout) => RemainingOrDilated(timeout);

    public TimeSpan RemainingOrDilated(TimeSpan? duration)
    {
        if (duration is not { } given)
            return RemainingOrDefault;
        return given >= TimeSpan.Zero || given == Timeout.InfiniteTimeSpan
            ? Dilated(given)
            : throw new ArgumentException("Duration must be positive or zero.", nameof(duration));
    }

    public void Within(TimeSpan max, Action action, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    public void Within(TimeSpan min, TimeSpan max, Action action, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(
            min,
            max,
            () =>
            {
                action();
                return 0;
            },
            hint,
            epsilonValue,
            cancellationToken);

    public T Within<T>(TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    /// <summary>Runs the code, whose expectations share the time, and fails if it took less than min or more than max.</summary>
    public T Within<T>(TimeSpan min, TimeSpan max, Func<T> function, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default)
    {
        var (start, outer) = BeginWithin(max);
        try
        {
            var result = function();
            EndWithin(start, min, max, hint, epsilonValue);
            return result;
        }
        finally
        {
            _end = outer;
        }
    }

    public Task WithinAsync(TimeSpan max, Func<Task> actionAsync, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, actionAsync, null, epsilonValue, cancellationToken);

    public Task WithinAsync(TimeSpan min, TimeSpan max, Func<Task> actionAsync, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(
            min,
            max,
            async () =>
            {
                await actionAsync().ConfigureAwait(true);
                return 0;
            },
            hint,
            epsilonValue,
            cancellationToken);

    public Task<T> WithinAsync<T>(TimeSpan max, Func<Task<T>> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    public async Task<T> WithinAsync<T>(TimeSpan min, TimeSpan max, Func<Task<T>> function, string? hint = null, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default)
    {
        var (start, outer) = BeginWithin(max);
        try
        {
            var result = await function().ConfigureAwait(true);
            EndWithin(start, min, max, hint, epsilonValue);
            return result;
        }
        finally
        {
            _end = outer;
        }
    }

    protected TimeSpan RemainingOr(TimeSpan duration) => _end is { } end ? Left(end) : duration;

    private static TimeSpan Left(long end)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), end);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private (long Start, long? Outer) BeginWithin(TimeSpan max)
    {
        var start = Stopwatch.GetTimestamp();
        var outer = _end;
        var end = start + (long)(Dilated(max).TotalSeconds * Stopwatch.Frequency);
        _end = outer is { } sooner && sooner < end ? sooner : end;
        return (start, outer);
    }

    private void EndWithin(long start, TimeSpan min, TimeSpan max, string? hint, TimeSpan? epsilon)
    {
        var elapsed = Stopwatch.GetElapsedTime(start);
        var limit = Dilated(max);
        if (elapsed < min - (epsilon ?? TimeSpan.Zero))
            _assertions.Fail($"Failed: Block took {elapsed}, should have at least been {min}. {hint}");
        if (elapsed > limit + (epsilon ?? TimeSpan.Zero))
            _assertions.Fail($"Failed: Block took {elapsed}, exceeding {limit}. {hint}");
    }
}
