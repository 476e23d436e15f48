using Akka.Actor;
using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>A stage with timers, each known by a key. All are cancelled when the stage ends.</summary>
public abstract class TimerGraphStageLogic : GraphStageLogic
{
    private readonly Dictionary<object, Timer> _timers = [];

    protected TimerGraphStageLogic(Shape shape) : base(shape)
    {
    }

    /// <summary>Called in the stage when a timer has fired. One that was cancelled or replaced in time never gets here.</summary>
    protected internal abstract void OnTimer(object timerKey);

    /// <summary>Starts a timer in place of one with the same key.</summary>
    protected internal void ScheduleOnce(object timerKey, TimeSpan delay)
    {
        var timer = Replace(timerKey, repeats: false);
        timer.Task = Materializer.ScheduleOnce(delay, timer.Fire);
    }

    protected internal void ScheduleRepeatedly(object timerKey, TimeSpan interval) =>
        ScheduleRepeatedly(timerKey, interval, interval);

    protected internal void ScheduleRepeatedly(object timerKey, TimeSpan initialDelay, TimeSpan interval)
    {
        var timer = Replace(timerKey, repeats: true);
        timer.Task = Materializer.ScheduleRepeatedly(initialDelay, interval, timer.Fire);
    }

    protected internal void CancelTimer(object timerKey)
    {
        if (_timers.Remove(timerKey, out var timer))
            timer.Task?.Cancel();
    }

    protected internal bool IsTimerActive(object timerKey) => _timers.ContainsKey(timerKey);

    protected internal override void AfterPostStop()
    {
        base.AfterPostStop();
        foreach (var timer in _timers.Values)
            timer.Task?.Cancel();
        _timers.Clear();
    }

    private Timer Replace(object key, bool repeats)
    {
        CancelTimer(key);
        return _timers[key] = new Timer(this, key, repeats);
    }

    /// <summary>It is its own message: identity tells whether the one that fired is still the one of its key.</summary>
    private sealed class Timer(TimerGraphStageLogic logic, object key, bool repeats) : AsyncInput(logic)
    {
        public ICancelable? Task;

        public void Fire() => Logic.Interpreter.OnAsyncInput(this);

        public override void Run()
        {
            if (!logic._timers.TryGetValue(key, out var current) || !ReferenceEquals(current, this)) return;
            if (!repeats)
                logic._timers.Remove(key);
            logic.OnTimer(key);
        }
    }
}
