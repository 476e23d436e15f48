using Akka.Event;
using EdgeActors.Routing;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Queue: every usable server is full.</summary>
public sealed partial class ConnectionActor
{
    private const int NeverIdle = 1 << 16;

    /// <summary>How soon a disconnected client is noticed in the queue.</summary>
    private static readonly TimeSpan QueueCheckInterval = TimeSpan.FromMilliseconds(200);

    private void Wait(Queued queued)
    {
        CountAtBackend(queued);
        // How many answers a place in the queue brings depends on other connections: this actor stops.
        _owed += NeverIdle;
        queued.Since = Services.Time.GetTimestamp();
        Phase = ConnectionPhase.Queued;
        _answer = queued;
        _record.Backend = queued.Backend.Name;
        _record.QueuedBehind = queued.Ahead;
        CheckAgain(new QueueCheck(queued));
    }

    private void OnQueueCheck(QueueCheck check)
    {
        // A check of an earlier stay in the queue.
        if (!ReferenceEquals(check.Stay, _answer))
            return;
        // A FIN counts as well: no TLS handshake completes without the client.
        if (Link.ClientHasLeft)
            Close(CloseReason.ClientGoneQueued);
        else if (TimeLeft(check.Stay) <= TimeSpan.Zero)
            Close(CloseReason.QueueTimeout);
        else
            CheckAgain(check);
    }

    private void CheckAgain(QueueCheck check)
    {
        var left = TimeLeft(check.Stay);
        TellSelfAfter(left < QueueCheckInterval ? left : QueueCheckInterval, check);
    }

    private TimeSpan TimeLeft(Queued stay) => stay.Backend.Pool.Queue.Timeout - Services.Time.GetElapsedTime(stay.Since);

    private void OnQueueAnswer(RouteAnswer answer)
    {
        if (answer is Queued or QueueFull)
            return;
        if (Link.ClientHasLeft)
        {
            Close(CloseReason.ClientGoneQueued);
            return;
        }
        AddQueueTime();
        Phase = ConnectionPhase.Redialling;
        Redial(answer);
    }

    private void AddQueueTime() =>
        _record.QueuedMs += (int)Math.Min(Services.Time.GetElapsedTime(((Queued)_answer!).Since).TotalMilliseconds, int.MaxValue / 2);

    private sealed record QueueCheck(Queued Stay) : IDeadLetterSuppression;
}
