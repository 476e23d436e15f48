using EdgeActors.Config;

namespace EdgeActors.Health;

/// <summary>What a check has changed.</summary>
public enum HealthChange
{
    None,
    Up,
    Down,
}

/// <summary>Where a server stands, which decides how soon it is checked again.</summary>
public enum HealthPhase
{
    /// <summary>Up, and nothing speaks against it.</summary>
    Up,

    /// <summary>Its last checks disagree with its state.</summary>
    Transition,

    /// <summary>Down, and nothing speaks against it.</summary>
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
    private bool? _lastPassed;

    /// <summary>Of a server that has been seen up, or down, by other checks.</summary>
    public static HealthState Known(int rise, int fall, bool up) => up
        ? new HealthState(rise, fall, InitialHealth.Up) { _failures = 0 }
        : new HealthState(rise, fall, InitialHealth.Down);

    public bool IsUp => Volatile.Read(ref _up);

    public HealthPhase Phase => (IsUp, _failures, _successes) switch
    {
        (true, 0, _) => HealthPhase.Up,
        (false, _, 0) => HealthPhase.Down,
        _ => HealthPhase.Transition,
    };

    /// <summary>Checks with the outcome of the last one, back to the first that had another.</summary>
    public int InARow { get; private set; }

    /// <summary>Why the last failed check failed; null before the first.</summary>
    public string? LastFailure { get; private set; }

    public long ChecksFailed { get; private set; }

    /// <summary>Those that found the server up, which are the ones that HAProxy counts.</summary>
    public long ChecksFailedWhileUp { get; private set; }

    public long ChecksPassed { get; private set; }

    public HealthChange Succeeded()
    {
        Count(passed: true);
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
        Count(passed: false);
        LastFailure = cause;
        _successes = 0;
        if (!_up)
            return HealthChange.None;
        ChecksFailedWhileUp++;
        if (++_failures < fall)
            return HealthChange.None;
        Volatile.Write(ref _up, false);
        return HealthChange.Down;
    }

    /// <summary>Down without a check.</summary>
    public HealthChange MarkDown()
    {
        if (!_up)
            return HealthChange.None;
        _successes = 0;
        Volatile.Write(ref _up, false);
        return HealthChange.Down;
    }

    /// <summary>Let the next failed check take it down.</summary>
    public void Doom() => _failures = Math.Max(_failures, fall - 1);

    /// <summary>Let the next passed check take it up.</summary>
    public void Vouch() => _successes = Math.Max(_successes, rise - 1);

    private void Count(bool passed)
    {
        InARow = _lastPassed == passed ? InARow + 1 : 1;
        _lastPassed = passed;
        if (passed)
            ChecksPassed++;
        else
            ChecksFailed++;
    }
}
