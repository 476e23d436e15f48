using Akka.Hosting;
using EdgeActors.Resources;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Admin;
using EdgeHost.Cli;
using EdgeHost.Handover;
using EdgeHost.Redirect;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace EdgeHost.Hosting;

/// <summary>One Edge as a process: host, log and signals around the node.</summary>
internal sealed class EdgeProgram : IAsyncDisposable
{
    private readonly EdgeNodeHolder _holder = new();
    private readonly EdgeLog _log;
    private readonly IHost _host;
    private readonly UpgradeSettings _upgrade;
    private readonly CancellationToken _stopping;
    private readonly ServiceManager _service = new(Environment.GetEnvironmentVariable);

    /// <param name="source">Null: the settings stay as they are.</param>
    public EdgeProgram(EdgeSettings settings, Stream? output = null, ConfigSource? source = null)
    {
        _log = new EdgeLog(settings.Log, output ?? Console.OpenStandardOutput(), TimeProvider.System);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(_holder);
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        builder.Services.Configure<HostOptions>(options =>
            options.ShutdownTimeout = settings.FloatingIp.HandoverTimeout + settings.DrainTimeout + TimeSpan.FromSeconds(30));
        builder.Services.AddHealthChecks();
        builder.Services.AddAkka("edge", akka => akka.AddEdge(settings, _log, _holder, source).AddPbm(settings, _log, _holder));
        _host = builder.Build();
        _holder.Service = _service;
        _holder.Checks = _host.Services.GetRequiredService<HealthCheckService>();
        var lifetime = _host.Services.GetRequiredService<IHostApplicationLifetime>();
        _holder.StopApplication = lifetime.StopApplication;
        _stopping = lifetime.ApplicationStopping;
        _stopping.Register(() => _service.Stopping("draining"));
        _upgrade = settings.Upgrade;
    }

    public EdgeActors.EdgeNode Node => _holder.Node ?? throw new InvalidOperationException("The node has not started.");

    public RedirectServer? Redirect => _holder.Redirect;

    public AdminServer? Admin => _holder.Admin;

    /// <returns>Why it does not run; null: it runs.</returns>
    public async Task<string?> Start(CancellationToken cancel)
    {
        _log.Info($"{EdgeVersion.Text}, .NET {Environment.Version}, pid {Environment.ProcessId}, {Environment.ProcessorCount} CPU(s)");
        if (_upgrade.Socket is { } path)
        {
            try
            {
                _holder.Previous = await PreviousProcess.Find(path, _log);
            }
            catch (UpgradeException e)
            {
                return e.Message;
            }
            _holder.Sockets = new HostSockets(_holder.Previous?.Handover);
        }
        await _host.StartAsync(cancel);
        if (_holder.Failure is { } failure)
        {
            _holder.Previous?.Dispose();
            return failure;
        }
        _service.Ready(_holder.Status);
        _service.Watch(Node.State.Answers);
        return null;
    }

    /// <summary>Waits for the first signal and for the drain behind it.</summary>
    public async Task<int> UntilStopped()
    {
        _ = Task.Run(() => HeapKeeper.Keep(_stopping));
        await _host.WaitForShutdownAsync();
        _log.Info("stopped");
        return ExitCode.Fine;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        IAsyncDisposable?[] parts =
            [_holder.Upgrade, _holder.Reloader, _holder.Control, _holder.Admin, _holder.Redirect, _holder.Otlp, _holder.Node];
        foreach (var part in parts.OfType<IAsyncDisposable>())
            await part.DisposeAsync();
        _holder.Previous?.Dispose();
        await _service.DisposeAsync();
        _host.Dispose();
        await _log.DisposeAsync();
    }
}
