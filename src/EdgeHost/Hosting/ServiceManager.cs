using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EdgeHost.Hosting;

/// <summary>
/// Reports state to the service manager by sd_notify(3): lines of NAME=VALUE in one datagram to the Unix socket of NOTIFY_SOCKET. Does nothing
/// without that variable, and ignores a socket that cannot be written to.
/// </summary>
internal sealed class ServiceManager : IAsyncDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _address;
    private readonly CancellationTokenSource _ending = new();
    private Task _watching = Task.CompletedTask;

    /// <param name="environment">NOTIFY_SOCKET: a path, or @ and an abstract name. WATCHDOG_USEC: microseconds between two keep-alives at most, for
    /// the process of WATCHDOG_PID, or any.</param>
    public ServiceManager(Func<string, string?> environment)
    {
        if (environment("NOTIFY_SOCKET") is not (['/' or '@', _, ..] and var name))
            return;
        _address = new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        if (!long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) || microseconds == 0)
            return;
        var pid = environment("WATCHDOG_PID");
        if (string.IsNullOrEmpty(pid) || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            Watchdog = TimeSpan.FromMicroseconds(microseconds);
    }

    /// <summary>The service manager ends a process without a keep-alive in this time; null: no watchdog.</summary>
    public TimeSpan? Watchdog { get; }

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary><see cref="Ready"/> ends it. systemd matches the time with its own reload request.</summary>
    public void Reloading() => Send($"RELOADING=1\nMONOTONIC_USEC={MonotonicMicroseconds}");

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
