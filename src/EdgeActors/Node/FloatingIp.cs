using System.Net;
using EdgeActors.Telemetry;

namespace EdgeActors.Node;

/// <summary>The state of the floating IP on this node.</summary>
public enum FloatingIpState
{
    /// <summary>Not known: no address is configured or read, and the verb <c>floating-ip</c> was told nothing.</summary>
    Unknown,

    /// <summary>Clients of the address come here.</summary>
    Active,

    /// <summary>They go to the other node, and would come here if that one failed.</summary>
    Standby,

    /// <summary>This node cannot take it.</summary>
    Fault,
}

/// <summary>How the state is known.</summary>
public enum FloatingIpSource
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>By the addresses of this machine.</summary>
    Address,

    /// <summary>By the verb <c>floating-ip</c>.</summary>
    Told,
}

/// <param name="IsAssigned">Whether this machine has it.</param>
public readonly record struct AddressStatus(IPAddress Address, bool IsAssigned);

/// <param name="Since">When it became so; null: never.</param>
/// <param name="Changes">How often it has become another one.</param>
public sealed record FloatingIpPicture(FloatingIpState State, DateTimeOffset? Since, long Changes)
{
    public FloatingIpSource Source { get; init; }

    /// <summary>What the verb was told last, whether it counts or not.</summary>
    public FloatingIpState Told { get; init; }

    /// <summary>Those of the configuration, as read last; empty: none is configured, or none has been read yet.</summary>
    public IReadOnlyList<AddressStatus> Addresses { get; init; } = [];
}

/// <summary>
/// Where the shared address is, by <see cref="FloatingIpRule"/>. Edge moves nothing itself: VRRP decides, or a cloud does, and neither asks the cluster.
/// </summary>
/// <param name="file">Where the last value told is kept for the next process; null: nowhere.</param>
public sealed class FloatingIp(EdgeLog log, TimeProvider time, FloatingIpFile? file = null)
{
    private readonly Lock _lock = new();
    private FloatingIpPicture _current = new(FloatingIpState.Unknown, null, 0);
    private TaskCompletionSource _left = new();

    /// <summary>To be read by anyone.</summary>
    public FloatingIpPicture Current => Volatile.Read(ref _current);

    /// <summary>What an earlier process was told.</summary>
    public void Restore()
    {
        if (file?.Read() is { } state)
            Update(current => current with { Told = state });
    }

    public void Tell(FloatingIpState state) => Update(
        current =>
        {
            // Within the lock: the file is to have the last one of several, too.
            file?.Write(state);
            return current with { Told = state };
        });

    /// <param name="addresses">Empty: none is configured.</param>
    public void Observe(IReadOnlyList<AddressStatus> addresses) => Update(current => current with { Addresses = addresses });

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
        if (Read(word) is { } state)
            Tell(state);
    }

    /// <returns>As in the verb; null where it is not known.</returns>
    public static string? Word(FloatingIpState state) => state switch
    {
        FloatingIpState.Active => "active",
        FloatingIpState.Standby => "standby",
        FloatingIpState.Fault => "fault",
        _ => null,
    };

    /// <returns>Null: it is no word of the verb.</returns>
    public static FloatingIpState? Read(string? word)
    {
        foreach (var state in Enum.GetValues<FloatingIpState>())
        {
            if (word is not null && word == Word(state))
                return state;
        }
        return null;
    }

    private void Update(Func<FloatingIpPicture, FloatingIpPicture> change)
    {
        TaskCompletionSource? left = null;
        lock (_lock)
        {
            var before = _current;
            var next = change(before);
            bool? assigned = next.Addresses.Count == 0 ? null : next.Addresses.All(static address => address.IsAssigned);
            var (state, source) = FloatingIpRule.Of(assigned, next.Told);
            next = next with { State = state, Source = source };
            if (state != before.State)
            {
                next = next with { Since = time.GetUtcNow(), Changes = before.Changes + 1 };
                log.Info($"floating IP: {Word(state) ?? "not known"}, was {Word(before.State) ?? "not known"}");
                if (state == FloatingIpState.Active)
                    _left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                else
                    left = _left;
            }
            Volatile.Write(ref _current, next);
        }
        left?.TrySetResult();
    }
}
