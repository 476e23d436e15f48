using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message, or null when none came in time.</summary>
    public object ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        TryReceiveOne(out var envelope, max, cancellationToken) ? envelope.Message : null!;

    public async ValueTask<object> ReceiveOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default)
    {
        var (success, envelope) = await TryReceiveOneAsync(max, cancellationToken).ConfigureAwait(true);
        return success ? envelope.Message : null!;
    }

    public bool TryReceiveOne(out MessageEnvelope envelope, TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Remember(_queue.Take(LimitOf(max), cancellationToken), out envelope);

    public async ValueTask<(bool Success, MessageEnvelope Envelope)> TryReceiveOneAsync(TimeSpan? max, CancellationToken cancellationToken = default)
    {
        var success = Remember(await _queue.TakeAsync(LimitOf(max), cancellationToken).ConfigureAwait(true), out var envelope);
        return (success, envelope);
    }

    /// <summary>Like <see cref="ReceiveOne"/>, but the message stays.</summary>
    public object PeekOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Remember(_queue.Peek(LimitOf(max), cancellationToken), out var envelope) ? envelope.Message : null!;

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveN(numberOfMessages, RemainingOrDefault, cancellationToken);

    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        var start = Stopwatch.GetTimestamp();
        var messages = new List<object>();
        while (messages.Count < numberOfMessages)
        {
            if (!TryReceiveOne(out var envelope, Rest(limit, start), cancellationToken))
                _assertions.Fail($"Timeout ({limit}) while expecting {numberOfMessages} messages. Only got {messages.Count} after {Stopwatch.GetElapsedTime(start)}.");
            messages.Add(envelope.Message);
        }

        return messages;
    }

    public IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveNAsync(numberOfMessages, RemainingOrDefault, cancellationToken);

    public async IAsyncEnumerable<object> ReceiveNAsync(int numberOfMessages, TimeSpan max, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        var start = Stopwatch.GetTimestamp();
        for (var count = 0; count < numberOfMessages; count++)
        {
            var (success, envelope) = await TryReceiveOneAsync(Rest(limit, start), cancellationToken).ConfigureAwait(true);
            if (!success)
                _assertions.Fail($"Timeout ({limit}) while expecting {numberOfMessages} messages. Only got {count}.");
            yield return envelope.Message;
        }
    }

    public object FishForMessage(Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    /// <summary>Passes over messages until one fits.</summary>
    public T FishForMessage<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        var start = Stopwatch.GetTimestamp();
        while (TryReceiveOne(out var envelope, Rest(limit, start), cancellationToken))
        {
            if (envelope.Message is T message && isMessage(message))
                return message;
        }

        _assertions.Fail($"Timeout ({limit}) during fishForMessage, hint {hint}");
        return default!;
    }

    public async ValueTask<T> FishForMessageAsync<T>(Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var (success, envelope) = await TryReceiveOneAsync(Rest(limit, start), cancellationToken).ConfigureAwait(true);
            if (!success)
                _assertions.Fail($"Timeout ({limit}) during fishForMessage, hint {hint}");
            if (envelope.Message is T message && isMessage(message))
                return message;
        }
    }

    public ValueTask<object> FishForMessageAsync(Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessageAsync<object>(isMessage, max, hint, cancellationToken);

    public IReadOnlyList<T> ReceiveWhile<T>(TimeSpan? max, Func<object, T> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default)
        where T : class => ReceiveWhile(filter, max, Timeout.InfiniteTimeSpan, msgs, cancellationToken);

    public IReadOnlyList<T> ReceiveWhile<T>(TimeSpan? max, TimeSpan? idle, Func<object, T> filter, int msgs = int.MaxValue, CancellationToken cancellationToken = default)
        where T : class => ReceiveWhile(filter, max, idle, msgs, cancellationToken);

    /// <summary>Takes messages as long as the filter gives something for them and the time lasts. The first that does not fit stays.</summary>
    public IReadOnlyList<T> ReceiveWhile<T>(Func<object, T> filter, TimeSpan? max = null, TimeSpan? idle = null, int msgs = int.MaxValue, CancellationToken cancellationToken = default)
        where T : class
    {
        var limit = RemainingOrDilated(max);
        var start = Stopwatch.GetTimestamp();
        var result = new List<T>();
        while (result.Count < msgs)
        {
            var wait = Rest(limit, start);
            if (idle is { } pause && pause != Timeout.InfiniteTimeSpan && (wait == Timeout.InfiniteTimeSpan || pause < wait))
                wait = pause;
            if (_queue.Peek(wait, cancellationToken) is not { } next || filter(next.Message) is not { } value)
                break;
            Remember(_queue.Take(TimeSpan.Zero, cancellationToken), out _);
            result.Add(value);
        }

        return result;
    }

    private static TimeSpan Rest(TimeSpan limit, long start)
    {
        if (limit == Timeout.InfiniteTimeSpan)
            return limit;
        var rest = limit - Stopwatch.GetElapsedTime(start);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    private TimeSpan LimitOf(TimeSpan? max) => max is null ? RemainingOrDefault : max == Timeout.InfiniteTimeSpan || max >= TimeSpan.Zero ? max.Value : TimeSpan.Zero;

    private bool Remember(MessageEnvelope? received, out MessageEnvelope envelope)
    {
        _last = envelope = received ?? NullMessageEnvelope.Instance;
        return received is not null;
    }
}
