using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace EdgeHost.Hosting;

/// <summary>Ctrl-C (SIGINT) and SIGTERM begin the drain; a second one ends the process at once. SIGHUP has the configuration read again, and
/// is ignored where there is no file.</summary>
internal sealed class SignalLifetime(IHostApplicationLifetime application, EdgeNodeHolder holder) : IHostLifetime, IDisposable
{
    /// <summary>By convention 128 + the signal's number; SIGINT's stands for both.</summary>
    private const int EndedBySignal = 130;

    /// <summary>Supervisors signal the process and then its group: two signals within this time count as one.</summary>
    private static readonly TimeSpan SameOrder = TimeSpan.FromMilliseconds(200);

    private PosixSignalRegistration[] _registrations = [];
    private long _firstSignal;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp),
        ];
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        holder.Reloader?.Begin();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        var first = Interlocked.CompareExchange(ref _firstSignal, Stopwatch.GetTimestamp(), 0);
        if (first == 0)
            application.StopApplication();
        else if (Stopwatch.GetElapsedTime(first) >= SameOrder)
            Environment.Exit(EndedBySignal);
    }
}
