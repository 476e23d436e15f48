using System.Net.Sockets;
using Edge.Hocon;
using EdgeActors.Config;
using EdgeActors.Node;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Node;

/// <summary>Reloads of a running node that change one key.</summary>
public sealed class ReloadKeySpecs : EdgeTestKit
{
    private readonly EdgeLog _log = new(new LogSettings(false, 1024, LogThreshold.Error), Stream.Null, TimeProvider.System);

    /// <summary>Values of every type. The first valid one that is not the default becomes the new value of a key.</summary>
    private static readonly string[] s_values =
    [
        "off", "on", "2", "17", "100ms", "9s", "3m", "2KiB", "20KiB", "2MiB", "50%", "0.5", "leastconn", "v1", "tls", "proxy", "down",
        "connect", "mark-down", "shutdown-sessions", "reset", "sockets", "json", "debug", "optional", "ipv4", "[accept]", "[unique-id]",
        "[\"192.0.2.1\"]", "[\"10.0.0.0/8\"]", "[\"10.0.0.1:1\"]", "{ from = [\"10.0.0.0/8\"] }", "POST", "\"/x\"", "\"a.test\"",
        "\"10.0.0.5\"", "\"200\"", "\"127.0.0.1:7\"", "\"10.0.0.5:80\"", "\"/run/x.sock\"", "\"http://127.0.0.1:1\"", "\"a=b\"",
        $"\"{Networks}\"",
    ];

    /// <summary>Keys that need a second key.</summary>
    private static readonly Dictionary<string, string> s_beside = new(StringComparer.Ordinal)
    {
        ["admin.user"] = "edge.admin.password = p", ["admin.password"] = "edge.admin.user = u",
    };

    private static string Networks => Path.Combine(AppContext.BaseDirectory, "hocon", "networks-of-reload-specs.txt");

    private static EdgeSettingsResult Read(string more) => EdgeSettingsReader.ReadText($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.test" = web }
          backends { web { servers = ["127.0.0.1:1"] } }
        }
        {{more}}
        """);

    private async Task<EdgeNode> Started(string more = "") => await Started(Read(more).Settings!);

    private async Task<EdgeNode> Started(EdgeSettings settings)
    {
        var node = await EdgeNode.Start(Sys, settings, _log, TimeProvider.System);
        await node.State.Listeners.Bound();
        return node;
    }

    [Fact]
    public async Task Every_key_that_changes_is_reported()
    {
        File.WriteAllText(Networks, "10.0.0.0/8\n");
        var (before, keys) = (Read("").Settings!, EdgeKeys.Edge.Paths().Where(IsValue).ToList());
        await using var node = await Started(before);
        Assert.True(keys.Count > 100, $"{keys.Count} keys");
        foreach (var key in keys)
        {
            string Line(string value) => $"edge.{key} = {value}\n{s_beside.GetValueOrDefault(key, "")}";
            var old = ((HoconObject)EdgeSettingsReader.Defaults.Find("edge")!).Find(key.Split('.'))!.Render();
            var value = s_values.FirstOrDefault(value => value != old && Read(Line(value)).Settings is not null);
            Assert.True(value is not null, $"no value of s_values is one for {key}");
            var next = Read(Line(value)).Settings!;
            // The same file again changes nothing, although it is read into new objects.
            Assert.Empty(KeyChange.Between(next, Read(Line(value)).Settings!, started: next));
            var report = await node.Reload(next);
            // accept-proxy = off becomes accept-proxy.from.
            var change = report.Keys.FirstOrDefault(change => $"{change.Key}.".StartsWith($"{key}.", StringComparison.Ordinal));
            Assert.True(change is not null, $"{key} = {value} is not reported");
            Assert.NotEqual(change.Old, change.New);
            Assert.Contains(report.Changes, sentence => sentence.StartsWith(key, StringComparison.Ordinal));
            var back = await node.Reload(before);
            Assert.Equal(change.Effect == KeyEffect.Restart, back.Keys.Count == 0);
        }
    }

    /// <summary>A section counts as a value only if a word may replace it.</summary>
    private static bool IsValue(string path) => path is not ("listeners" or "backends" or "routes")
        && EdgeSettingsReader.Defaults.Find(["edge", .. path.Split('.')]) is not HoconObject;

    [Fact]
    public async Task Contents_of_a_list_of_networks_that_change_are_reported()
    {
        var line = $"edge.listener-defaults.allow-file = \"{Networks}.more\"";
        File.WriteAllText($"{Networks}.more", "10.0.0.0/8\n");
        var before = Read(line);
        await using var node = await Started(before.Settings!);
        Assert.Empty((await node.Reload(Read(line).Settings!)).Keys);
        File.WriteAllText($"{Networks}.more", "11.0.0.0/8\n");
        var change = Assert.Single((await node.Reload(Read(line).Settings!)).Keys);
        Assert.Equal(("listener-defaults.allow-file", KeyEffect.NewConnections), (change.Key, change.Effect));
        Assert.NotEqual(change.Old, change.New);
    }

    [LinuxTheory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task A_changed_backlog_applies_at_once(string transport)
    {
        await using var node = await Started($"edge.transport.kind = {transport}");
        Assert.Equal(4096, Backlog());
        var report = await node.Reload(Read($"edge.transport.kind = {transport}\nedge.listeners.https.backlog = 7").Settings!);
        Assert.Equal(7, Backlog());
        Assert.Equal(["listeners.https.backlog is 7 now"], report.Changes);

        // Of a listening socket, tcpi_sacked is the length of its queue (tcp_get_info).
        int Backlog()
        {
            using var socket = SharedSockets.ToSocket(node.State.Listeners.All[0].State.Sockets[0].Socket.Duplicate()[0]);
            var info = new byte[64];
            socket.GetRawSocketOption(Native.SolTcp, 11, info);
            return BitConverter.ToInt32(info, 28);
        }
    }
}
