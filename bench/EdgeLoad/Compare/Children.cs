using System.Diagnostics;
using System.Runtime.InteropServices;
using EdgeLoad.Sockets;

namespace EdgeLoad.Compare;

/// <summary>
/// Processes that this one has started, and the folder they use. They are ended with it, by their ids: at the end, at an error, and at a
/// signal.
/// </summary>
internal sealed class Children : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<(Process Process, Output Said)> _started = [];
    private readonly PosixSignalRegistration[] _signals;
    private bool _disposed;

    public Children()
    {
        Taskset = Environment.ProcessorCount > 1 ? Tools.Find("taskset") : null;
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal =>
            PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                EndAll();
                Environment.Exit(130);
            }))];
    }

    /// <summary>For their configurations.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("edge-compare-").FullName;

    /// <summary>Null where processes cannot be pinned, or where there is only one CPU to pin them to.</summary>
    public string? Taskset { get; }

    /// <summary>Starts a program that stays in the foreground.</summary>
    /// <param name="cpu">Where it may run, if it can be pinned.</param>
    /// <param name="firstLine">Waits for a line of its output that this accepts.</param>
    /// <returns>Its process id, and the line.</returns>
    /// <exception cref="InvalidOperationException">It ended, or the line did not come.</exception>
    public (int Pid, string? Line) Start(int cpu, string program, IEnumerable<string> arguments, Func<string, bool>? firstLine = null)
    {
        string[] command = Taskset is null ? [program, .. arguments] : [Taskset, "-c", $"{cpu}", program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var said = new Output(firstLine);
        Process process;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start");
            _started.Add((process, said));
        }
        process.OutputDataReceived += (_, e) => said.Add(e.Data, isError: false);
        process.ErrorDataReceived += (_, e) => said.Add(e.Data, isError: true);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (firstLine is not null && !said.Line.Wait(TimeSpan.FromSeconds(30)))
            throw new InvalidOperationException($"{program} is not ready after 30 s:\n{said}");
        return (
            process.Id,
            firstLine is null ? null : said.Line.Result ?? throw new InvalidOperationException($"{program} has ended:\n{said}"));
    }

    /// <returns>Null while it runs, then its last words.</returns>
    public string? Ended(int pid)
    {
        lock (_lock)
        {
            var (process, said) = _started.Find(child => child.Process.Id == pid);
            return process is { HasExited: false } ? null : said?.ToString() ?? "";
        }
    }

    /// <summary>Ends these processes.</summary>
    public void End(IEnumerable<int> pids)
    {
        lock (_lock)
            End(_started.FindAll(child => pids.Contains(child.Process.Id)));
    }

    /// <summary>Pins this process itself, threads and all.</summary>
    public void PinSelf(int cpu)
    {
        if (Taskset is null)
            return;
        using var pin = Process.Start(new ProcessStartInfo(Taskset, ["-a", "-p", "-c", $"{cpu}", $"{Environment.ProcessId}"])
        {
            RedirectStandardOutput = true,
        })!;
        pin.StandardOutput.ReadToEnd();
        pin.WaitForExit();
    }

    public void Dispose()
    {
        EndAll();
        foreach (var signal in _signals)
            signal.Dispose();
    }

    private void EndAll()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            End([.. _started]);
            Directory.Delete(Folder, recursive: true);
        }
    }

    private void End(List<(Process Process, Output Said)> ending)
    {
        foreach (var (process, _) in ending.Where(static child => !child.Process.HasExited))
            _ = Native.Kill(process.Id, Native.Terminate);
        var deadline = Stopwatch.GetTimestamp() + Patience.Ticks * Stopwatch.Frequency / TimeSpan.TicksPerSecond;
        foreach (var child in ending)
        {
            using var process = child.Process;
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), deadline);
            // A keeper's Edge would outlive it.
            if (!process.WaitForExit(left > TimeSpan.Zero ? left : TimeSpan.Zero))
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
            _started.Remove(child);
        }
    }

    /// <summary>What a process says, on both outputs: the line that is waited for, and the last lines in case of trouble.</summary>
    private sealed class Output(Func<string, bool>? wanted)
    {
        private const int Kept = 10;

        private readonly Queue<string> _last = new();
        private readonly TaskCompletionSource<string?> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string?> Line => _line.Task;

        public void Add(string? line, bool isError)
        {
            if (line is null)
            {
                if (!isError)
                    _line.TrySetResult(null);
                return;
            }
            if (wanted?.Invoke(line) == true)
                _line.TrySetResult(line);
            lock (_last)
            {
                _last.Enqueue(line);
                if (_last.Count > Kept)
                    _last.Dequeue();
            }
        }

        public override string ToString()
        {
            lock (_last)
                return string.Join('\n', _last);
        }
    }
}
