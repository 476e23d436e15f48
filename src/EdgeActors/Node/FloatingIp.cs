using System.Net;
using EdgeActors.Telemetry;

namespace EdgeActors.Node;

public enum FloatingIpState
{
    /// <summary>Unknown: no address is configured or read, and the verb <c>floating-ip</c> was not used.</summary>
    Unknown,

    /// <summary>Clients of the address come here.</summary>
    Active,

    /// <summary>Clients go to the other node, and come here if it fails.</summary>
    Standby,

    /// <summary>This node cannot take the address.</summary>
    Fault,
}

/// <summary>Source of the state.</summary>
public enum FloatingIpSource
{
    None,

    /// <summary>The addresses of this machine.</summary>
    Address,

    /// <summary>The verb <c>floating-ip</c>.</summary>
    Told,
}

public readonly record struct AddressStatus(IPAddress Address, bool IsAssigned);

/// <param name="Since">Time of the last change; null: never.</param>
/// <param name="Changes">Number of changes.</param>
public sealed record FloatingIpPicture(FloatingIpState State, DateTimeOffset? Since, long Changes)
{
    public FloatingIpSource Source { get; init; }

    /// <summary>The verb's last value, whether or not it takes effect.</summary>
    public FloatingIpState Told { get; init; }

    /// <summary>The configured addresses as read last; empty: none is configured, or none has been read yet.</summary>
    public IReadOnlyList<AddressStatus> Addresses { get; init; } = [];
}

/// <summary>The state of the shared address, by <see cref="FloatingIpRule"/>. VRRP or a cloud moves the address; Edge does not.</summary>
/// <param name="file">Keeps the verb's last value for the next process; null: not kept.</param>
public sealed class FloatingIp(EdgeLog log, TimeProvider time, FloatingIpFile? file = null)
{
    private readonly Lock _lock = new();
    private FloatingIpPicture _current = new(FloatingIpState.Unknown, null, 0);
    private TaskCompletionSource _left = new();

    public FloatingIpPicture Current => Volatile.Read(ref _current);

    /// <summary>Restores the value of the previous process.</summary>
    public void Restore()
    {
        if (file?.Read() is { } state)
            Update(current => current with { Told = state });
    }

    public void Tell(FloatingIpState state) => Update(
        current =>
        {
            // Within the lock, so that the file gets the last of several values, too.
            file?.Write(state);
            return current with { Told = state };
        });

    /// <param name="addresses">Empty: none is configured.</param>
    public void Observe(IReadOnlyList<AddressStatus> addresses) => Update(current => current with { Addresses = addresses });

    /// <summary>Ends when another node has the address; at once if it is not here.</summary>
    /// <param name="atMost">Timeout: possibly no node takes the address.</param>
    /// <returns>Whether the address has moved.</returns>
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

    /// <summary>Takes a value of <see cref="Word"/>; ignores any other.</summary>
    public void Tell(string? word)
    {
        if (Read(word) is { } state)
            Tell(state);
    }

    /// <returns>The verb's word; null: unknown.</returns>
    public static string? Word(FloatingIpState state) => state switch
    {
        FloatingIpState.Active => "active",
        FloatingIpState.Standby => "standby",
        FloatingIpState.Fault => "fault",
        _ => null,
    };

    /// <returns>Null: not a word of the verb.</returns>
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

/// <summary>The state of the floating IP from observed addresses and the verb's value. Pure.</summary>
public static class FloatingIpRule
{
    /// <summary>Observed addresses take precedence: a message can be late or lost. A fault does not show in addresses, so the verb's
    /// value counts.</summary>
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

/// <summary>A file beside the control socket with the verb's last value, for the next process: keepalived reports nothing when a
/// process restarts before its check fails.</summary>
public sealed class FloatingIpFile(string path, EdgeLog log)
{
    private bool _warned;

    /// <param name="socket">Null: no control socket, and therefore no file.</param>
    public static FloatingIpFile? Beside(string? socket, EdgeLog log) =>
        socket is null ? null : new FloatingIpFile($"{socket}.floating-ip", log);

    /// <returns>Null: no file, or no valid value.</returns>
    public FloatingIpState? Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return null;
            // Opening a pipe would wait for a writer; a pipe has no length, and a link could lead to one.
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

    /// <summary>By rename(2), so that readers see a complete file. Not flushed: it need not survive a reboot.</summary>
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
            // The temporary file does not exist or cannot be deleted.
        }
    }
}
