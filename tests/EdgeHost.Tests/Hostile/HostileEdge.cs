using System.Diagnostics;
using System.Net;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hostile;

/// <summary>A running Edge with all of its ports and sockets.</summary>
/// <param name="server">Of <see cref="UnderAttack.Good"/>.</param>
/// <param name="launcher">A command that starts Edge's own, which is appended.</param>
/// <param name="more">Of the section edge.</param>
internal sealed class HostileEdge(EndPoint server, IEnumerable<string> launcher, string more) : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private BackgroundProcess? _process;

    public IPEndPoint Listener { get; } = Loopback.NextEndPoint();

    public IPEndPoint Admin { get; } = Loopback.NextEndPoint();

    public IPEndPoint Redirect { get; } = Loopback.NextEndPoint();

    public IPEndPoint Cluster { get; } = Loopback.NextEndPoint();

    /// <summary>Where the server of <see cref="UnderAttack.Other"/> is to be.</summary>
    public IPEndPoint OtherServer { get; } = Loopback.NextEndPoint();

    public string Control => _folder.File("ctl.sock");

    public string Upgrade => _folder.File("upgrade.sock");

    public BackgroundProcess Process => _process!;

    public TimeSpan CpuTime => Of(static process => process.TotalProcessorTime);

    public long ResidentMemory => Of(static process => process.WorkingSet64);

    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{Process.Id}/fd").Length;

    public void Start()
    {
        string[] all = [.. launcher, .. EdgeProcess.Command("run", "-c", _folder.Write("edge.conf", Config))];
        _process = new BackgroundProcess(Tool.Locate(all[0]), all[1..]);
    }

    public async Task Ready()
    {
        await Eventually.True(
            () => Process.HasExited || (File.Exists(Control) && Loopback.IsListening(Listener)),
            () => $"it does not start:\n{Process.Out.Text}\n{Process.Err.Text}");
        Assert.False(Process.HasExited, $"{Process.Out.Text}\n{Process.Err.Text}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private T Of<T>(Func<System.Diagnostics.Process, T> get)
    {
        using var process = System.Diagnostics.Process.GetProcessById(Process.Id);
        return get(process);
    }

    private string Config => $$"""
        edge {
          listeners { https { bind = "{{Listener}}", rate-limit = off } }
          routes { "{{UnderAttack.Good}}" = good, "{{UnderAttack.Other}}" = other }
          backends {
            good { servers = ["{{server}}"], proxy-protocol = off, health { enabled = off } }
            other { servers = ["{{OtherServer}}"], proxy-protocol = off, health { enabled = off } }
          }
          http-redirect { bind = "{{Redirect}}" }
          admin { bind = "{{Admin}}", user = operator, password = secret }
          control { socket = "{{Control}}" }
          upgrade { socket = "{{Upgrade}}" }
          cluster { enabled = on, bind = "{{Cluster}}", seeds = ["{{Cluster}}"] }
          drain-timeout = 0s
          {{more}}
        }
        """;
}
