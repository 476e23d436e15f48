using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EdgeHost.Tests.Control;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary><c>floating-ip.address</c> on a machine whose addresses come and go.</summary>
[Collection(Heavy.Name)]
public sealed class FloatingIpAddressSpecs(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Of the timer that finds what netlink has not told.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly TestFolder _folder = new();
    private NetworkNamespaces _network = null!;

    private string Control => _folder.File("ctl.sock");

    public async ValueTask InitializeAsync() => _network = await NetworkNamespaces.Create();

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        _folder.Dispose();
    }

    [RequiresNamespacesTheory]
    [InlineData("10.77.1.10", "10.77.1.10/24")]
    [InlineData("10.77.1.10", "10.77.1.10/32 label v0:vip")]
    [InlineData("fd77:2::10", "fd77:2::10/64 nodad")]
    // Counts while the kernel still checks for duplicates.
    [InlineData("fd77:2::10", "fd77:2::10/64")]
    public async Task Each_change_is_seen_at_once(string address, string assigned)
    {
        await Ip("add", assigned);
        await using var edge = await Start(address);
        // Before anybody can be let in.
        var lines = edge.Out.Lines.ToList();
        Assert.InRange(
            lines.FindIndex(IsActive), 0, lines.FindIndex(static line => line.Contains("listener https on", StringComparison.Ordinal)));

        const int Rounds = 10;
        var delays = new List<TimeSpan>();
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++)
        {
            delays.Add(await Change(edge, "del", assigned, "standby"));
            delays.Add(await Change(edge, "add", assigned, "active"));
        }
        output.WriteLine($"from the start of ip(8) to Edge's log line: {string.Join(" ", delays.Order().Select(static delay => $"{delay.TotalMilliseconds:F0}"))} ms");
        // The timer would need an interval for each.
        Assert.True(Stopwatch.GetElapsedTime(since) < Rounds * s_interval, edge.Out.Text);
        var answer = await Ctl("floating-ip");
        Assert.Equal(
            ("active", "address", 1 + 2 * Rounds),
            (Text(answer, "floating_ip"), Text(answer, "source"), answer.GetProperty("changes").GetInt32()));

        // What keepalived says of it changes nothing but what is told.
        Assert.Equal("active", Text(await Ctl("floating-ip standby"), "floating_ip"));
        await Change(edge, "del", assigned, "standby");
        Assert.Equal("fault", Text(await Ctl("floating-ip fault"), "floating_ip"));
    }

    [RequiresNamespacesTheory]
    [InlineData("10.77.1.10", "fd77:2::10")]
    public async Task Of_several_addresses_a_node_needs_all_and_a_reload_may_change_them(string v4, string v6)
    {
        await using var edge = await Start($"{v4}\", \"{v6}");
        await Ip("add", $"{v4}/24");
        await Eventually.True(() => Assigned().Result == $"{v4} true, {v6} false", () => edge.Out.Text);
        Assert.Equal("standby", Text(await Ctl("status"), "floating_ip"));
        await Ip("add", $"{v6}/64 nodad");
        await edge.Out.WaitFor("floating IP: active");

        Write($"{v4}\", \"10.77.1.11");
        Assert.Equal(
            [$"floating-ip.address is {v4}, 10.77.1.11 now"],
            (await Ctl("reload")).GetProperty("changes").EnumerateArray().Select(static change => Text(change, "change")));
        Assert.Equal("standby", Text(await Ctl("status"), "floating_ip"));
        Write(v6);
        await Ctl("reload");
        Assert.Equal("active", Text(await Ctl("status"), "floating_ip"));
        Write(null);
        await Ctl("reload");
        Assert.Null(Text(await Ctl("status"), "floating_ip"));
    }

    private static bool IsActive(string line) => line.Contains("floating IP: active", StringComparison.Ordinal);

    private static string? Text(JsonElement answer, string key) => answer.GetProperty(key).GetString();

    private async Task<string> Assigned() => string.Join(
        ", ", (await Ctl("floating-ip"))
            .GetProperty("addresses")
            .EnumerateArray()
            .Select(static row => $"{Text(row, "address")} {(row.GetProperty("assigned").GetBoolean() ? "true" : "false")}"));

    /// <returns>From before the change to the line in the log that tells of it.</returns>
    private async Task<TimeSpan> Change(BackgroundProcess edge, string verb, string assigned, string state)
    {
        var text = $"floating IP: {state}, was";
        var before = edge.Out.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));
        var since = DateTime.UtcNow;
        await Ip(verb, assigned);
        string[] lines = [];
        await Eventually.True(
            () =>
                (lines = [.. edge.Out.Lines.Where(line => line.Contains(text, StringComparison.Ordinal))]).Length > before, () =>
                    $"no '{text}' in\n{edge.Out.Text}");
        return DateTime.Parse(lines[^1].Split(' ')[0], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal) - since;
    }

    private async Task Ip(string verb, string assigned) =>
        (
            await Tool.Run(
                "ip",
                [
                    "-n", _network.Edge, "addr", verb, .. (verb == "add" ? assigned : assigned.Split(' ')[0]).Split(' '), "dev", "v0"
                ])).ShouldSucceed();

    private async Task<JsonElement> Ctl(string line)
    {
        using var client = ControlClientSocket.Connect(Control);
        return await client.Answer(line);
    }

    private string Write(string? addresses) => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "*:8443" } }
          routes { "web.test" = web }
          backends { web { servers = ["127.0.0.1:9000"], health.enabled = off } }
          control.socket = "{{Control}}"
          floating-ip.address = [{{(addresses is null ? "" : $"\"{addresses}\"")}}]
        }
        """);

    private async Task<BackgroundProcess> Start(string addresses)
    {
        var edge = NetworkNamespaces.Start(_network.Edge, EdgeProcess.Command("run", "-c", Write(addresses)));
        await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor("control socket");
        return edge;
    }
}
