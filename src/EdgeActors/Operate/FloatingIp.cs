using EdgeActors.Telemetry;

namespace EdgeActors.Operate;

/// <summary>What whoever moves the address that a pair of nodes shares has said of this node.</summary>
public enum FloatingIpState
{
    /// <summary>Nothing: there is no such address, or nobody tells.</summary>
    Unknown,

    /// <summary>Clients of the address come here.</summary>
    Active,

    /// <summary>They go to the other node, and would come here if that one failed.</summary>
    Standby,

    /// <summary>This node cannot take it.</summary>
    Fault,
}

/// <param name="Since">When it was told; null: never.</param>
/// <param name="Changes">How often it has become another one.</param>
public sealed record FloatingIpPicture(FloatingIpState State, DateTimeOffset? Since, long Changes);

/// <summary>
/// Where the shared address is, as the verb <c>floating-ip</c> was told last. Edge believes it and moves nothing itself: VRRP decides, or a
/// cloud does, and neither asks the cluster.
/// </summary>
public sealed class FloatingIp(EdgeLog log, TimeProvider time)
{
    private readonly Lock _lock = new();
    private FloatingIpPicture _current = new(FloatingIpState.Unknown, null, 0);
    private TaskCompletionSource _left = new();

    /// <summary>To be read by anyone.</summary>
    public FloatingIpPicture Current => Volatile.Read(ref _current);

    public void Tell(FloatingIpState state)
    {
        TaskCompletionSource left;
        lock (_lock)
        {
            var before = _current;
            if (before.State == state)
                return;
            Volatile.Write(ref _current, new FloatingIpPicture(state, time.GetUtcNow(), before.Changes + 1));
            log.Info($"floating IP: {Word(state)}, was {Word(before.State) ?? "not told"}");
            left = _left;
            if (state == FloatingIpState.Active)
                _left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        if (state != FloatingIpState.Active)
            left.TrySetResult();
    }

    /// <summary>Ends when the address has gone to another node, at once where it is not here.</summary>
    /// <param name="atMost">As there may be nobody who takes it.</param>
    /// <returns>Whether it has gone.</returns>
    public async Task<bool> Left(TimeSpan atMost)
    {
        Task left;
        lock (_lock)
        {
            if (_current.State != FloatingIpState.Active)
                return true;
            left = _left.Task;
        }
        try
        {
            await left.WaitAsync(atMost, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>As <see cref="Word"/> has it; anything else tells nothing.</summary>
    public void Tell(string? word)
    {
        foreach (var state in Enum.GetValues<FloatingIpState>())
        {
            if (word is not null && word == Word(state))
                Tell(state);
        }
    }

    /// <returns>As in the verb; null where it was never told.</returns>
    public static string? Word(FloatingIpState state) => state switch
    {
        FloatingIpState.Active => "active",
        FloatingIpState.Standby => "standby",
        FloatingIpState.Fault => "fault",
        _ => null,
    };
}
