using System.Collections.Concurrent;

namespace Akka.TestKit.Internal;

/// <summary>What a test actor has received and the test has not yet looked at.</summary>
internal sealed class ReceivedMessages
{
    private readonly ConcurrentQueue<MessageEnvelope> _messages = new();
    private readonly SemaphoreSlim _available = new(0);

    internal bool HasMessages => !_messages.IsEmpty;

    internal void Add(MessageEnvelope envelope)
    {
        _messages.Enqueue(envelope);
        _available.Release();
    }

    internal MessageEnvelope? Take(TimeSpan timeout, CancellationToken cancellationToken) =>
        _available.Wait(timeout, cancellationToken) ? Dequeue() : null;

    internal async ValueTask<MessageEnvelope?> TakeAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        await _available.WaitAsync(timeout, cancellationToken).ConfigureAwait(true) ? Dequeue() : null;

    /// <summary>Like <see cref="Take"/>, but the message stays.</summary>
    internal MessageEnvelope? Peek(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!_available.Wait(timeout, cancellationToken))
            return null;
        _messages.TryPeek(out var envelope);
        _available.Release();
        return envelope;
    }

    private MessageEnvelope? Dequeue()
    {
        _messages.TryDequeue(out var envelope);
        return envelope;
    }
}
