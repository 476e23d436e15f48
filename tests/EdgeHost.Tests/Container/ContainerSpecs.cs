using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using EdgeActors.Tests.Protocol;
using EdgeHost.Cli;
using EdgeHost.Tests.Deployment;
using EdgeHost.Tests.Harness;
using EdgeHost.Tests.Pair;

namespace EdgeHost.Tests.Container;

/// <summary>Edge in a hardened container does all that it does outside of one.</summary>
[Collection(Heavy.Name)]
public sealed class ContainerSpecs(ITestOutputHelper told) : IDisposable
{
    private const string Name = "web.test";
    private const int MaxResidentKilobytes = 80_000;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresImageFact]
    public async Task It_binds_443_carries_clients_and_answers_its_operator()
    {
        const string NetBindServiceAlone = "0000000000000400";
        await using var web = await DemoBackend.Start("web", Name);
        // An address that nobody else has: of the loopback's many, one by this process's number.
        var bind = new IPEndPoint(Loopback.NextEndPoint().Address, 443);
        await using var edge = new EdgeContainer(Config($"{bind}", $"127.0.0.1:{web.Port}"));
        Assert.Equal(bind, await EdgeProcess.Listening(edge.Process));

        var curl = await Tool.Run(
            "curl", "--silent", "--show-error", "--insecure", "--resolve", $"{Name}:443:{bind.Address}", $"https://{Name}/");
        Assert.StartsWith($"This is web ({Name}). You are 127.", curl.ShouldSucceed().Out);
        Assert.Contains("uptime", (await edge.Exec("edge", "ctl", "status")).ShouldSucceed().Out);
        Assert.StartsWith($"{EdgeContainer.User}:", await edge.OwnerAndMode(EdgeContainer.Folder));
        Assert.EndsWith(" 700", await edge.OwnerAndMode(EdgeContainer.Folder));
        (await edge.CheckHealth()).ShouldSucceed();

        Assert.Equal(NetBindServiceAlone, await edge.Status("CapEff"));
        Assert.Equal("1", await edge.Status("NoNewPrivs"));
        Assert.StartsWith($"{EdgeContainer.User}\t", await edge.Status("Uid"));
        var mounts = await File.ReadAllLinesAsync($"/proc/{await edge.Inspect("{{.State.Pid}}")}/mountinfo");
        Assert.StartsWith("ro", mounts.Select(static line => line.Split(' ')).Single(static fields => fields[4] == "/")[5]);
        // What the start has left is given back by and by.
        var resident = 0;
        await EdgePair.Until(
            async () =>
                (resident = int.Parse((await edge.Status("VmRSS")).Split(' ')[0], CultureInfo.InvariantCulture)) <= MaxResidentKilobytes,
            () => $"resident: {resident} kB",
            Eventually.Deadline);
        told.WriteLine($"resident: {resident} kB");
    }

    [RequiresImageFact]
    public async Task The_folder_of_its_sockets_is_its_users_alone()
    {
        string plain = $"edge-test-{Guid.NewGuid():N}", composed = $"{plain}-composed";
        var options = ComposeSpecs.RunVolume("compose.yaml").SelectMany(static option => (string[])["--opt", option]);
        try
        {
            (await Tool.Run("podman", "volume", "create", plain)).ShouldSucceed();
            (await Tool.Run("podman", ["volume", "create", .. options, composed])).ShouldSucceed();
            foreach (var volume in (string?[])[null, plain, composed])
            {
                await using var edge = EdgeContainer.AsImageUser(Config("127.0.0.1:0", "127.0.0.1:9"), volume);
                await EdgeProcess.Listening(edge.Process);
                Assert.Equal($"{EdgeContainer.ImageUser}:{EdgeContainer.ImageUser} 700", await edge.OwnerAndMode(EdgeContainer.Folder));
                (await edge.Exec("edge", "ctl", "status")).ShouldSucceed();
            }
        }
        finally
        {
            await Tool.Run("podman", "volume", "rm", "--force", plain, composed);
        }
    }

    [RequiresImageFact]
    public async Task Without_the_capability_it_says_what_to_do()
    {
        var bind = new IPEndPoint(Loopback.NextEndPoint().Address, 443);
        await using var edge = EdgeContainer.WithoutRights(Config($"{bind}", "127.0.0.1:9"));
        Assert.Equal(1, await edge.Process.Exit());
        Assert.Contains("NET_BIND_SERVICE", edge.Process.Err.Text);
        Assert.Contains("net.ipv4.ip_unprivileged_port_start=443", edge.Process.Err.Text);
    }

    [RequiresImageFact]
    public async Task SIGTERM_drains()
    {
        using var echo = OddServer.That(Echo);
        await using var edge = new EdgeContainer(Config("127.0.0.1:0", $"{echo.EndPoint}"));
        var endPoint = await EdgeProcess.Listening(edge.Process);
        using var client = await Client.Connect(endPoint);
        await Exchange(client);

        await edge.Signal("TERM");
        await edge.Process.Out.WaitFor("draining 1 connection(s)");
        await Assert.ThrowsAsync<SocketException>(() => Client.Connect(endPoint));
        await Exchange(client);
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await edge.Process.Exit());
        Assert.Contains(edge.Process.Out.Lines, static line => line.EndsWith("drained, no connection was cut", StringComparison.Ordinal));
    }

    [RequiresImageFact]
    public async Task With_256_MiB_it_holds_4096_connections_and_the_next_one_waits()
    {
        const int Limit = 4096;
        const int AtOnce = 64;
        using var echo = OddServer.That(Echo);
        await using var edge = new EdgeContainer(
            Config("127.0.0.1:0", $"{echo.EndPoint}"), "--memory", "256m", "--memory-swap", "256m", "--cpus", "1.5");
        var endPoint = await EdgeProcess.Listening(edge.Process);
        var held = new List<Socket>();
        try
        {
            while (held.Count < Limit)
                held.AddRange(await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Held(endPoint))));
            using var next = await Client.Connect(endPoint);
            await next.SendAsync(HelloBytes.ForName(Name));
            await ShouldPause(edge);
            told.WriteLine((await Tool.Run("podman", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}")).Out);
            told.WriteLine($"resident: {await edge.Status("VmRSS")}");
            Client.ShouldHaveHeardNothing(next, notEvenAReset: true);
            next.Blocking = true;
            // Each of them lives: bytes go both ways.
            foreach (var client in held)
                await Exchange(client);

            held[0].Dispose();
            held.RemoveAt(0);
            await Receive(next, HelloBytes.ForName(Name));
            Assert.Equal("false", await edge.Inspect("{{.State.OOMKilled}}"));
            Assert.False(edge.Process.HasExited);
        }
        finally
        {
            held.ForEach(static client => client.Dispose());
        }
    }

    private static async Task ShouldPause(EdgeContainer edge)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var status = (await edge.Exec("edge", "ctl", "status", "--json")).ShouldSucceed().Out;
            if (Regex.IsMatch(status, "\"accept_pauses\":[1-9]"))
                return;
            Assert.True(Stopwatch.GetElapsedTime(since) < Eventually.Deadline, $"it accepts on: {status}");
        }
    }

    private static async Task<Socket> Held(IPEndPoint edge)
    {
        var client = await Client.Connect(edge);
        await Exchange(client);
        return client;
    }

    /// <summary>Sends a hello, which is what begins a connection and means nothing later, and hears it again.</summary>
    private static async Task Exchange(Socket client)
    {
        var sent = HelloBytes.ForName(Name);
        await client.SendAsync(sent);
        await Receive(client, sent);
    }

    private static async Task Receive(Socket client, byte[] expected)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var buffer = new byte[expected.Length];
        for (var got = 0; got < buffer.Length;)
        {
            var more = await client.ReceiveAsync(buffer.AsMemory(got), deadline.Token);
            Assert.NotEqual(0, more);
            got += more;
        }
        Assert.Equal(expected, buffer);
    }

    private static async Task Echo(Socket socket)
    {
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    }

    private string Config(string bind, string server) => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "{{bind}}", rate-limit = off } }
          routes { "{{Name}}" = web }
          backends { web { servers = ["{{server}}"], proxy-protocol = {{(server.StartsWith("127.0.0.1:", StringComparison.Ordinal) ? "v2" : "off")}}, health { enabled = off } } }
          limits { max-connections = 4096 }
          log { connections = off }
          control { socket = "/run/edge/ctl.sock" }
        }
        """);
}
