using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace EdgeHost.Hosting;

/// <summary>Ctrl-C (SIGINT) and SIGTERM begin the drain; a second one ends the process at once.</summary>
internal sealed class SignalLifetime(IHostApplicationLifetime application) : IHostLifetime, IDisposable
{
    /// <summary>By convention 128 + the signal's number; SIGINT's stands for both.</summary>
    private const int EndedBySignal = 130;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
            application.StopApplication();
        else
            Environment.Exit(EndedBySignal);
    }
}
