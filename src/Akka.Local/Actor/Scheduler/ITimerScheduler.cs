namespace Akka.Actor;

#nullable disable annotations

/// <summary>
/// Timers of one instance of an actor, named by keys; a new timer of the same key replaces the old one. After a cancel, a
/// replacement, a restart or a stop no message of the old timer is received, not even one that waits in the mailbox.
/// </summary>
public interface ITimerScheduler
{
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender);

    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender);

    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();

    IReadOnlyCollection<object> ActiveTimers { get; }
}

/// <summary>The runtime sets the timers right after the constructor.</summary>
public interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}
