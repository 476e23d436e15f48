using EdgeActors.Telemetry;

namespace EdgeActors.Node;

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
