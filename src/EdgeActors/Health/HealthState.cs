using EdgeActors.Config;

namespace EdgeActors.Health;

/// <summary>What a check has changed.</summary>
public enum HealthChange
{
    None,
    Up,
    Down,
}

/// <summary>
/// Rise and fall of one server. Pure; written by one probe at a time, read by anyone.
/// <code>
///              fall failures in a row
///         UP ------------------------> DOWN
///            &lt;------------------------
///              rise successes in a row
/// </code>
/// A server that starts as up and has not been seen up yet falls at its first failure, as HAProxy's do.
/// </summary>
public sealed class HealthState(int rise, int fall, InitialHealth initial)
{
    private int _failures = initial == InitialHealth.Up ? fall - 1 : fall;
    private int _successes;
    private bool _up = initial == InitialHealth.Up;

    public bool IsUp => Volatile.Read(ref _up);

    /// <summary>Why the last failed check failed; null before the first.</summary>
    public string? LastFailure { get; private set; }

    public long ChecksFailed { get; private set; }

    public long ChecksPassed { get; private set; }

    public HealthChange Succeeded()
    {
        ChecksPassed++;
        _failures = 0;
        if (_up)
            return HealthChange.None;
        if (++_successes < rise)
            return HealthChange.None;
        Volatile.Write(ref _up, true);
        return HealthChange.Up;
    }

    public HealthChange Failed(string cause)
    {
        ChecksFailed++;
        LastFailure = cause;
        _successes = 0;
        if (!_up)
            return HealthChange.None;
        if (++_failures < fall)
            return HealthChange.None;
        Volatile.Write(ref _up, false);
        return HealthChange.Down;
    }
}
