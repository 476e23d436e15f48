namespace Akka.Streams.Stage;

/// <summary>What a stage does on the events of one inlet.</summary>
public interface IInHandler
{
    /// <summary>An element has arrived and can be grabbed.</summary>
    void OnPush();

    /// <summary>No more elements will come; one that was pushed before may still be grabbed.</summary>
    void OnUpstreamFinish();

    void OnUpstreamFailure(Exception e);
}

/// <summary>What a stage does on the events of one outlet.</summary>
public interface IOutHandler
{
    /// <summary>One element may be pushed, now or later.</summary>
    void OnPull();

    /// <summary>
    /// Downstream wants no more. The cause is a <see cref="SubscriptionWithCancelException.NonFailureCancellation"/> unless
    /// something failed down there.
    /// </summary>
    void OnDownstreamFinish(Exception cause);
}
