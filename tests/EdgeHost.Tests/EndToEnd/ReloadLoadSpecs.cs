using System.Diagnostics;
using System.Net.Sockets;
using EdgeActors.Config;
using EdgeActors.Tests.Protocol;
using EdgeActors.Transport;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>The configuration changes while clients come, go and stay.</summary>
[Collection(Heavy.Name)]
public sealed class ReloadLoadSpecs(ITestOutputHelper output)
{
    private const int Held = 2000, ASecond = 200, Reloads = 50;

    [Theory]
    [InlineData("auto")]
    [InlineData("sockets")]
    public async Task Fifty_reloads_under_load_cost_nobody_a_connection(string transport)
    {
        using var a = ReloadSpecs.Named('A');
        using var b = ReloadSpecs.Named('B');
        using var here = ReloadSpecs.Named('M');
        using var there = ReloadSpecs.Named('M');
        // With "initial = down", a server whose health were forgotten would have no connection for two checks.
        string Config(int generation) => $$"""
            edge {
              listeners {
                https { bind = "127.0.0.1:0", rate-limit { limit = 1000000 }, hello-timeout = {{(generation % 3 == 0 ? 4 : 5)}}s }
                {{(generation % 2 == 1 ? "more { bind = \"127.0.0.1:0\", rate-limit = off }" : "")}}
              }
              routes {
                "a.test" = a, "b.test" = b, "m.test" = m
                {{(generation % 2 == 1 ? "\"extra.test\" = b, \"*.below.test\" = a" : "")}}
              }
              backend-defaults { proxy-protocol = off, health { interval = 200ms, timeout = 200ms, fall = 50, rise = 2, initial = down } }
              backends {
                a { servers = ["{{a.EndPoint}}"], retries = {{generation % 5}} }
                {{(generation % 2 == 1 ? $"gone {{ servers = [\"{a.EndPoint}\"] }}" : "")}}
                b { servers = [{ name = b, address = "{{b.EndPoint}}" }] }
                m { health.enabled = off, servers = [{ name = m, address = "{{(generation % 2 == 1 ? there : here).EndPoint}}" }, { name = stays, address = "{{here.EndPoint}}" }] }
              }
              transport { kind = {{transport}} }
            }
            """;
        await using var edge = await EdgeUnderTest.Start(Config(0));
        await Eventually.True(() => edge.Checks.All(static status => status.Up), () => "the servers are not up");
        using var ending = new CancellationTokenSource(TimeSpan.FromMinutes(2));

        async Task<Socket> Ask(char letter)
        {
            var socket = await Client.Connect(edge.EndPoint);
            await socket.SendAsync(HelloBytes.ForName($"{char.ToLowerInvariant(letter)}.test"));
            Assert.Equal(letter, await ReloadSpecs.Read(socket, ending.Token));
            return socket;
        }
        var held = new List<(Socket Socket, char Letter)>();
        foreach (var some in Enumerable.Range(0, Held).Chunk(100))
            held.AddRange(await Task.WhenAll(some.Select(async i => (await Ask("ABM"[i % 3]), "ABM"[i % 3]))));

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var comeAndGo = Task.Run(async () =>
        {
            var asked = new List<Task>();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ASecond));
            while (!enough.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
            {
                var letter = "ABM"[asked.Count % 3];
                asked.Add(Task.Run(async () => (await Ask(letter)).Dispose()));
            }
            await Task.WhenAll(asked);
            return asked.Count;
        });
        var since = Stopwatch.GetTimestamp();
        for (var generation = 1; generation <= Reloads; generation++)
        {
            // Some twenty connections come by each configuration.
            await Task.Delay(100, ending.Token);
            var read = EdgeSettingsReader.ReadText(Config(generation), "test", _ => null);
            Assert.Empty(read.Errors);
            Assert.NotEmpty((await edge.Node.Reload(read.Settings!)).Changes);
            foreach (var pool in edge.Node.State.Routes.Current.Backends.Where(static pool => pool.Name != "gone"))
                Assert.All(pool.Servers, static server => Assert.True(server.State.Health?.Up ?? true));
            Assert.Equal(generation % 2 == 1 ? 2 : 1, edge.Node.State.Listeners.All.Count);
        }
        var took = Stopwatch.GetElapsedTime(since);
        await enough.CancelAsync();
        var came = await comeAndGo;
        output.WriteLine($"{Reloads} reloads in {took.TotalSeconds:F1} s; {came} connections came meanwhile, {Held} were held");
        Assert.True(came >= Reloads, $"only {came} connections");

        // Each of those that were there at the beginning still leads to its server.
        foreach (var (socket, letter) in held)
        {
            await socket.SendAsync(new[] { (byte)letter });
            // The hello comes back ahead of it.
            var echo = new byte[HelloBytes.ForName("a.test").Length + 1];
            for (var got = 0; got < echo.Length;)
            {
                var more = await socket.ReceiveAsync(echo.AsMemory(got), ending.Token);
                Assert.True(more > 0, "a held connection was closed");
                got += more;
            }
            Assert.Equal((byte)letter, echo[^1]);
        }
        var generations = edge.Node.State.Generations.All;
        Assert.Equal((1L, Held), (generations[0].Number, generations[0].Connections));
        Assert.Equal(Reloads + 1, edge.Node.State.Generations.Current);
        held.ForEach(static one => one.Socket.Dispose());
        await edge.ShouldHoldNothing();
        var bad = Enum.GetValues<CloseReason>().Where(
            reason => reason is not (CloseReason.Finished or CloseReason.ClientReset) && edge.Node.State.Meters.ClosedTotal(reason) > 0);
        Assert.Empty(bad);
        Assert.All(
            edge.Node.State.Routes.Current.Backends,
            static pool => Assert.All(pool.Servers, static server => Assert.Equal(0, server.State.Connections)));
    }
}
