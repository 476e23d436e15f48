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
    public static FloatingIpState? Read(string? word) => word is null ? null
        : Enum.GetValues<FloatingIpState>().Cast<FloatingIpState?>().FirstOrDefault(state => Word(state!.Value) == word);

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

/// <summary>The state of the floating IP, from what is observed and what was told. Pure.</summary>
public static class FloatingIpRule
{
    /// <summary>
    /// The addresses of this machine take precedence over what was told: a message can be late or lost. A fault does not show in
    /// addresses, so it counts when told.
    /// </summary>
    /// <param name="assigned">Whether this machine has all of the addresses; null: none is configured or read.</param>
    public static (FloatingIpState State, FloatingIpSource Source) Of(bool? assigned, FloatingIpState told) => (assigned, told) switch
    {
        (null, FloatingIpState.Unknown) => (FloatingIpState.Unknown, FloatingIpSource.None),
        (null, _) => (told, FloatingIpSource.Told),
        (true, _) => (FloatingIpState.Active, FloatingIpSource.Address),
        (false, FloatingIpState.Fault) => (FloatingIpState.Fault, FloatingIpSource.Told),
        (false, _) => (FloatingIpState.Standby, FloatingIpSource.Address),
    };
}

/// <summary>
/// A file beside the control socket with the state that the verb <c>floating-ip</c> was told last, for the next process: keepalived reports
/// nothing when a process restarts before its check fails.
/// </summary>
public sealed class FloatingIpFile(string path, EdgeLog log)
{
    private bool _warned;

    /// <param name="socket">Null: there is no control socket, and so no file.</param>
    public static FloatingIpFile? Beside(string? socket, EdgeLog log) => socket is null ? null : new FloatingIpFile($"{socket}.floating-ip", log);

    /// <returns>Null: there is none, or nothing to be understood.</returns>
    public FloatingIpState? Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return null;
            // A pipe has no length and is not opened: that would wait for a writer. A link could lead to one.
            if (file.LinkTarget is null && file.Length is > 0 and < 32 && FloatingIp.Read(File.ReadAllText(path).Trim()) is { } state)
                return state;
            log.Warning($"floating IP: {path} has no valid state and is ignored; expected active, standby or fault");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warning($"floating IP: cannot read the state that was told last: {e.Message}");
        }
        return null;
    }

    /// <summary>By rename(2), so that no reader sees a part of it. Not flushed: it need not outlive the machine's uptime.</summary>
    public void Write(FloatingIpState state)
    {
        var written = $"{path}.{Random.Shared.Next(0x1000000):x6}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new StreamWriter(written, options))
                file.Write(FloatingIp.Word(state));
            File.Move(written, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(written);
            if (_warned)
                return;
            _warned = true;
            log.Warning($"floating IP: cannot write {path}, the next process will not know the state that was told: {e.Message}");
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was never made, or may not be taken away either.
        }
    }
}
