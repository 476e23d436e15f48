using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Akka.Actor;
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

/// <summary>One Edge process: host, log and signals around the node.</summary>
internal sealed class EdgeProgram : IAsyncDisposable
{
    private readonly EdgeNodeHolder _holder = new();
    private readonly EdgeLog _log;
    private readonly IHost _host;
    private readonly EdgeSettings _settings;
    private readonly CancellationToken _stopping;
    private readonly ServiceManager _service;

    /// <param name="source">Null: the settings stay as they are.</param>
    /// <param name="keeper">Null: there is none.</param>
    /// <param name="isWarmUp">The service manager is told nothing.</param>
    public EdgeProgram(
        EdgeSettings settings, Stream? output = null, ConfigSource? source = null, KeeperSession? keeper = null, bool isWarmUp = false)
    {
        _service = new ServiceManager(isWarmUp ? static _ => null : Environment.GetEnvironmentVariable);
        _holder.Keeper = keeper;
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
        _settings = settings;
    }

    public EdgeActors.EdgeNode Node => _holder.Node ?? throw new InvalidOperationException("The node has not started.");

    public RedirectServer? Redirect => _holder.Redirect;

    public AdminServer? Admin => _holder.Admin;

    /// <returns>Why it does not run; null: it runs.</returns>
    public async Task<string?> Start(CancellationToken cancel)
    {
        _log.Info($"{EdgeVersion.Text}, .NET {Environment.Version}, pid {Environment.ProcessId}, {Environment.ProcessorCount} CPU(s)");
        var limit = OpenFiles.RaiseLimit();
        if (OpenFiles.Shortage(_settings, limit, OpenFiles.Count(_holder.Keeper?.Channel)) is { } shortage)
            return shortage;
        // In parallel: the kernel waits for an RCU grace period, 8 ms.
        _ = Task.Run(() => OpenFiles.Reserve(limit), cancel);
        try
        {
            if (_holder.Inherited is null)
                _holder.Previous = await PreviousProcess.Find(_settings.Upgrade.Socket, _log);
        }
        catch (UpgradeException e)
        {
            return e.Message;
        }
        _holder.Sockets = new HostSockets(_holder.Inherited);
        try
        {
            await _host.StartAsync(cancel);
        }
        catch (Exception e) when (_settings.AkkaHocon.Length > 0 && e is not OperationCanceledException)
        {
            return $"akka: the actor system does not start with these settings: {e.GetBaseException().Message}";
        }
        if (_holder.Failure is { } failure)
        {
            _holder.Previous?.Dispose();
            await CoordinatedShutdown.Get(_host.Services.GetRequiredService<ActorSystem>()).Run(StartFailed.Instance);
            return failure;
        }
        _service.Ready(_holder.Status);
        _service.Watch(Node.State.Answers);
        return null;
    }

    /// <summary>Waits for the first signal and the drain.</summary>
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
        [
            _holder.Upgrade, _holder.Reloader, _holder.Control, _holder.Admin, _holder.Redirect, _holder.Otlp, _holder.Keeping, _holder.Node,
        ];
        foreach (var part in parts.OfType<IAsyncDisposable>())
            await part.DisposeAsync();
        _holder.Previous?.Dispose();
        await _service.DisposeAsync();
        _host.Dispose();
        await _log.DisposeAsync();
    }
}

/// <summary>The reason for Akka's shutdown; Akka logs its exit code.</summary>
internal sealed class StartFailed : CoordinatedShutdown.Reason
{
    public static readonly StartFailed Instance = new();

    public override int ExitCode => Cli.ExitCode.Failed;
}

/// <summary>Ctrl-C (SIGINT) and SIGTERM begin the drain; a second one ends the process at once. SIGHUP has the configuration read again,
/// and is ignored where there is no file.</summary>
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

/// <summary>Reports state to the service manager by sd_notify(3): one datagram to the Unix socket of NOTIFY_SOCKET. Does nothing without
/// that variable, and ignores write errors.</summary>
internal sealed class ServiceManager : IAsyncDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _address;
    private readonly CancellationTokenSource _ending = new();
    private Task _watching = Task.CompletedTask;

    /// <param name="environment">NOTIFY_SOCKET: a path, or @ and an abstract name. WATCHDOG_USEC: microseconds between two keep-alives at
    /// most, for the process of WATCHDOG_PID, or any.</param>
    public ServiceManager(Func<string, string?> environment)
    {
        if (environment("NOTIFY_SOCKET") is not (['/' or '@', _, ..] and var name))
            return;
        _address = new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        if (!long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            || microseconds == 0)
            return;
        var pid = environment("WATCHDOG_PID");
        if (string.IsNullOrEmpty(pid) || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            Watchdog = TimeSpan.FromMicroseconds(microseconds);
    }

    /// <summary>Whether the service manager can be told that another process is the service now.</summary>
    public bool IsThere => _socket is not null;

    /// <summary>The service manager ends a process without a keep-alive in this time; null: no watchdog.</summary>
    public TimeSpan? Watchdog { get; }

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary><see cref="Ready"/> ends it. systemd matches the time with its own reload request.</summary>
    public void Reloading() => Send($"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds}");

    /// <summary>Another process is the service from now on. Only this one may say so (NotifyAccess=main, sd_notify(3)).</summary>
    public void Replaced(int pid) => Send($"MAINPID={pid}\nREADY=1\nSTATUS=restarted");

    public void Stopping(string status) => Send($"STOPPING=1\nSTATUS={status}");

    /// <summary>Sends keep-alives twice as often as required, as long as the process works.</summary>
    /// <param name="lives">Whether it works, found out within the given time.</param>
    public void Watch(Func<TimeSpan, Task<bool>> lives)
    {
        if (Watchdog is { } watchdog)
            _watching = Task.Run(() => Watch(watchdog / 2, lives));
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _watching;
        _socket?.Dispose();
    }

    /// <summary>CLOCK_MONOTONIC, which is what the stopwatch of Linux reads.</summary>
    private static long MonotonicMicroseconds => (long)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1e6));

    private async Task Watch(TimeSpan every, Func<TimeSpan, Task<bool>> lives)
    {
        using var timer = new PeriodicTimer(every);
        try
        {
            do
            {
                if (await lives(every / 2))
                    Send("WATCHDOG=1");
            }
            while (await timer.WaitForNextTickAsync(_ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    private void Send(string lines)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(lines), _address!);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The service manager has closed its socket, or the process ends.
        }
    }
}
