using System.Diagnostics;

namespace EdgeHost.Tests.Harness;

/// <summary>A program that runs beside a test and never longer: it is ended by its pid, in earnest if need be.</summary>
internal sealed class BackgroundProcess : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    public BackgroundProcess(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(Out, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(Err, e.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public LineLog Out { get; } = new();

    public LineLog Err { get; } = new();

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Its exit code, once it has ended and all that it wrote has been read.</summary>
    public async Task<int> Exit()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} has not ended; it said:\n{Out.Text}\n{Err.Text}");
        }
        return _process.ExitCode;
    }

    /// <param name="signal">As kill(1) names it: TERM, INT.</param>
    public async Task Signal(string signal) =>
        (await Tool.Run("sh", "-c", $"kill -{signal} {_process.Id}")).ShouldSucceed();

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
                await Tool.Run("sh", "-c", $"kill -TERM {_process.Id}");
            using var deadline = new CancellationTokenSource(Grace);
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private static void Keep(LineLog log, string? line)
    {
        if (line is not null)
            log.Add(line);
    }
}
