using Akka.Actor;
using Xunit;

namespace Akka.TestKit;

internal sealed class EventFilterApplier(TestKitBase testKit, ActorSystem system, IReadOnlyList<LogEventFilter> filters) : IEventFilterApplier
{
    public EventFilterFactory And => new(testKit, system, filters);

    public void ExpectOne(Action action, CancellationToken cancellationToken = default) => Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) => Expect(1, timeout, action, cancellationToken);

    public T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default) => Expect(1, func, cancellationToken);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) => Expect(expectedCount, Leeway, action, cancellationToken);

    public void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default) => Run(
        expectedCount,
        timeout,
        () =>
        {
            action();
            return Task.FromResult(0);
        },
        cancellationToken).GetAwaiter().GetResult();

    public T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default) =>
        Run(expectedCount, Leeway, () => Task.FromResult(func()), cancellationToken).GetAwaiter().GetResult();

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) => ExpectAsync(1, actionAsync, cancellationToken);

    public Task ExpectOneAsync(Action action, CancellationToken cancellationToken = default) => ExpectAsync(
        1,
        () =>
        {
            action();
            return Task.CompletedTask;
        },
        cancellationToken);

    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) => ExpectAsync(1, timeout, action, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, Leeway, actionAsync, cancellationToken);

    public Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) => Run(
        expectedCount,
        timeout,
        async () =>
        {
            await action().ConfigureAwait(true);
            return 0;
        },
        cancellationToken);

    public void Mute(Action action, CancellationToken cancellationToken = default)
    {
        using (Mute())
            action();
    }

    public IUnmutableFilter Mute() => new Muted(system, filters);

    private TimeSpan Leeway => testKit.Dilated(testKit.TestKitSettings.TestEventFilterLeeway);

    private async Task<T> Run<T>(int expected, TimeSpan timeout, Func<Task<T>> code, CancellationToken cancellationToken)
    {
        // A filter that was used before starts from zero again.
        var before = Count();
        using var muted = new Muted(system, filters);
        var result = await code().ConfigureAwait(true);
        var reached = await testKit.AwaitConditionNoThrowAsync(() => Count() - before >= expected, timeout, TimeSpan.FromMilliseconds(10), cancellationToken).ConfigureAwait(true);
        var what = string.Join(" or ", filters.Select(static f => f.Description));
        Assert.True(reached, $"Timeout {timeout} while waiting for {expected} log entries, received {Count() - before} that match {what}.");
        Assert.True(Count() - before == expected, $"Received {Count() - before - expected} log entries too many that match {what}, expected {expected}.");
        return result;
    }

    private int Count() => filters.Sum(static f => f.Count);

    private sealed class Muted : IUnmutableFilter
    {
        private readonly ActorSystem _system;
        private readonly IReadOnlyList<LogEventFilter> _filters;

        internal Muted(ActorSystem system, IReadOnlyList<LogEventFilter> filters)
        {
            (_system, _filters) = (system, filters);
            system.EventStream.Publish(new Mute(filters));
        }

        public void Unmute() => _system.EventStream.Publish(new Unmute(_filters));

        public void Dispose() => Unmute();
    }
}
