using System.Net;
using System.Text.Json;
using EdgeHost.Tests.Control;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>One machine of a pair: an Edge and a keepalived as <c>docker/keepalived</c> has it, each a process that may die by
/// itself.</summary>
internal sealed class PairNode : IAsyncDisposable
{
    private readonly PairNetwork _network;
    private readonly string _folder;
    private readonly string _config;
    private readonly bool _seesAddress;
    private readonly List<BackgroundProcess> _previous = [];
    private BackgroundProcess? _keepalived;
    private BackgroundProcess? _addresses;

    /// <summary>Of the process that has replaced <see cref="Edge"/>, whose log goes on; 0: none has.</summary>
    private int _replacement;

    /// <param name="folder">Where both nodes are.</param>
    /// <param name="config">Of the section edge, but for the listener and the doors.</param>
    /// <param name="seesAddress">Else it knows of the address by notify.sh alone.</param>
    public PairNode(PairNetwork network, TestFolder folder, string name, string config, bool seesAddress)
    {
        _network = network;
        _config = config;
        _seesAddress = seesAddress;
        Name = name;
        _folder = folder.File(name);
        Directory.CreateDirectory(_folder);
    }

    /// <summary>a or b.</summary>
    public string Name { get; }

    public string Place => _network.Place(Name);

    public BackgroundProcess Edge { get; private set; } = null!;

    /// <summary>In the public network.</summary>
    public IPEndPoint EndPoint => new(PairNetwork.AddressOf(Name, PairNetwork.Public), EdgePair.Port);

    public string KeepalivedLog => _keepalived is { } process ? $"keepalived on {Name}:\n{process.Out.Text}\n{process.Err.Text}" : "";

    /// <summary>Changes of its state, and failures of its scripts.</summary>
    public int KeepalivedEvents => _keepalived!.Out.Lines.Concat(_keepalived.Err.Lines).Count(static line =>
        line.Contains(" STATE", StringComparison.Ordinal) || line.Contains(" failed", StringComparison.Ordinal));

    private const string Health = "http://127.0.0.1:8405";

    private string ControlSocket => Path.Combine(_folder, "ctl.sock");

    public async Task StartEdge()
    {
        var file = Path.Combine(_folder, "edge.conf");
        await File.WriteAllTextAsync(file, $$"""
            edge {
              listeners { https { bind = "*:{{EdgePair.Port}}" } }
              admin.health-bind = "127.0.0.1:8405"
              control.socket = "{{ControlSocket}}"
              upgrade.socket = "{{Path.Combine(_folder, "upgrade.sock")}}"
              log.connections = off
              floating-ip {
                address = [{{(_seesAddress ? $"\"{PairNetwork.FloatingIp}\"" : "")}}]
                # A machine that is busy with other things takes its time to start "edge ctl".
                handover-timeout = 20s
              }
              # Those that the address has left behind will not end by themselves.
              drain-timeout = 1s
              {{_config}}
            }
            """);
        Edge = NetworkNamespaces.Start(Place, EdgeProcess.Command("run", "-c", file));
        await EdgeProcess.Listening(Edge);
        await Edge.Out.WaitFor("admin on");
    }

    /// <summary><c>edge ctl restart</c>.</summary>
    public async Task Restart() => _replacement = (await Ctl("restart")).GetProperty("pid").GetInt32();

    /// <summary>Starts the next process, which takes over by upgrade.socket.</summary>
    public async Task Upgrade()
    {
        _previous.Add(Edge);
        await StartEdge();
        await Edge.Out.WaitFor("upgrade: taken over");
    }

    /// <summary>A line for each change of an address of the public network.</summary>
    public IReadOnlyList<string> AddressChanges => _addresses!.Out.Lines;

    public string EdgeLog => string.Join('\n', _previous.Append(Edge).Select(static edge => $"{edge.Out.Text}\n{edge.Err.Text}"));

    public void WatchAddresses() =>
        _addresses = NetworkNamespaces.Start(Place, Tool.Locate("ip"), "-o", "monitor", "address", "dev", PairNetwork.Public);

    public async Task StartKeepalived()
    {
        var source = Path.Combine(Repository.Root, "docker", "keepalived");
        foreach (var file in (string[])["keepalived.conf", "check.sh", "notify.sh"])
            File.Copy(Path.Combine(source, file), Path.Combine(_folder, file), overwrite: true);
        var check = Path.Combine(_folder, "check.sh");
        File.Move(check, $"{check}.edge", overwrite: true);
        // keepalived runs no script that others than root could change.
        await File.WriteAllTextAsync(check, """
            #!/bin/sh
            "$0.edge" "$@" || { code=$?; [ -e "$0.overlook" ] || exit $code; }

            """);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(check, (UnixFileMode)0b111_101_101);
        var peer = Name == "a" ? "b" : "a";
        await File.WriteAllTextAsync(Path.Combine(_folder, "node.conf"), $"""
            $INTERFACE={PairNetwork.Public}
            $OWN={PairNetwork.AddressOf(Name, PairNetwork.Public)}
            $PEER={PairNetwork.AddressOf(peer, PairNetwork.Public)}
            $FLOATING={PairNetwork.FloatingIp}/16
            $ROUTER_ID=51
            $HEALTH={Health}

            """);
        await File.WriteAllTextAsync(Path.Combine(_folder, "edge.env"), $"""
            EDGE='{string.Join(' ', EdgeProcess.Command())}'
            export EDGE_SOCKET={ControlSocket}
            EDGE_NOTIFY_STATE={Path.Combine(_folder, "floating-ip")}

            """);
        _keepalived = NetworkNamespaces.Start(
            Place, Tool.Locate("keepalived"), "-n", "-l", "-D", "-P", "-f", Path.Combine(_folder, "keepalived.conf"),
            "-p", Path.Combine(_folder, "keepalived.pid"), "-r", Path.Combine(_folder, "vrrp.pid"));
    }

    /// <summary>Edge is killed and started anew, of which keepalived sees nothing: its checks succeed meanwhile, whatever they
    /// find.</summary>
    public async Task ReplaceEdgeUnnoticed()
    {
        var check = Path.Combine(_folder, "check.sh");
        await File.WriteAllTextAsync($"{check}.overlook", "");
        await Edge.Signal("KILL");
        await Edge.Exit();
        await StartEdge();
        await EdgePair.Until(
            async () =>
                (await NetworkNamespaces.Run(Place, $"{check}.edge", "ready", Health)).ExitCode == 0, () =>
                    $"{Name} is not ready:\n{Edge.Out.Text}");
        File.Delete($"{check}.overlook");
    }

    public Task StopKeepalived(string signal) => _keepalived!.Signal(signal);

    /// <summary>The one answer to an operator's order.</summary>
    public async Task<JsonElement> Ctl(string line)
    {
        using var client = ControlClientSocket.Connect(ControlSocket);
        return await client.Answer(line);
    }

    /// <returns>Null: it was told nothing, or there is no Edge.</returns>
    public async Task<string?> FloatingIp()
    {
        try
        {
            return (await Ctl("status")).GetProperty("floating_ip").GetString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task ShouldBecome(string state)
    {
        string? last = null;
        await EdgePair.Until(
            async () => (last = await FloatingIp()) == state,
            () => $"{Name} is {last ?? "not told"} and not {state}\n{KeepalivedLog}\n{Edge.Out.Text}");
    }

    /// <summary>keepalived counts a node that has come back when two checks in a row have succeeded. Until then nobody takes the address
    /// from the other one.</summary>
    public Task ShouldBeEligible() => EdgePair.Until(
        () =>
            Task.FromResult(LastCheckSucceeded("alive") && LastCheckSucceeded("ready")), () =>
                $"{Name} could not take the address\n{KeepalivedLog}\n{Edge.Out.Text}");

    /// <summary>What the node counts of one reason of ends.</summary>
    public async Task<long> Ended(string reason)
    {
        foreach (var end in (await Ctl("status")).GetProperty("ended").EnumerateArray())
        {
            if (end.GetProperty("reason").GetString() == reason)
                return end.GetProperty("connections").GetInt64();
        }
        return 0;
    }

    private bool LastCheckSucceeded(string check) =>
        KeepalivedLog is var log
            && log.LastIndexOf(
                $"VRRP_Script({check}) succeeded",
                StringComparison.Ordinal) > log.LastIndexOf($"VRRP_Script({check}) failed", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        if (_keepalived is { } keepalived)
            await keepalived.DisposeAsync();
        if (_addresses is { } addresses)
            await addresses.DisposeAsync();
        if (_replacement != 0)
            await Tool.Run("sh", "-c", $"kill -KILL {_replacement}");
        // Nobody waits for its connections.
        foreach (var edge in _previous.Append(Edge).OfType<BackgroundProcess>())
        {
            if (!edge.HasExited)
                await edge.Signal("KILL");
            await edge.DisposeAsync();
        }
    }
}
