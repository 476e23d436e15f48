using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Answers;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Protocol;
using EdgeHost.Pbm;
using EdgeHost.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Petabridge.Cmd.Host;

namespace EdgeHost.Tests.Pbm;

/// <summary>Edge's palette over a socket, by the stand-in for Petabridge.Cmd, before a node at work.</summary>
public sealed class PbmHostSpecs : IAsyncLifetime
{
    private readonly OddServer _server = OddServer.That(async socket =>
    {
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    });

    private readonly LineLog _lines = new();
    private EdgeLog _log = null!;
    private EdgeUnderTest _edge = null!;
    private IHost _host = null!;
    private Counted _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "*" = web }
              backends { web { servers = [{ name = s1, address = "{{_server.EndPoint}}" }] } }
              backend-defaults { proxy-protocol = off, health.enabled = off }
            }
            """);
        _log = new(new(false, 64, LogThreshold.Info), _lines, TimeProvider.System);
        _operator = new Counted(_edge.Node.Operator);
        _host = await Start(_operator);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _edge.DisposeAsync();
        await _log.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task The_verbs_answer_in_lines()
    {
        using var client = await Join("www.test");
        using var pbm = Connect();

        Assert.Contains("web", Text(await pbm.Run("edge routes")), StringComparison.Ordinal);
        Assert.Contains("s1", Text(await pbm.Run("edge backends --backend web")), StringComparison.Ordinal);
        Assert.Contains(
            client.LocalEndPoint!.ToString()!, Text(await pbm.Run("edge connections --sni www.test --top 5")), StringComparison.Ordinal);
        Assert.DoesNotContain(await pbm.Run("edge server --server web/s1 --order drain"), static answer => answer.Error);
        Assert.Contains("drain", Text(await pbm.Run("edge backends")), StringComparison.OrdinalIgnoreCase);
        await pbm.Run("edge kill --all true");
        await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_error_is_told_and_the_next_command_goes_on()
    {
        using var pbm = Connect();
        // With the older spelling of the switches.
        var error = Assert.Single(await pbm.Run("edge server -server web/none -order drain"));
        Assert.True(error.Error);
        Assert.Contains("none", error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(await pbm.Run("edge status"), static answer => answer.Error);
    }

    [Fact]
    public async Task A_watch_goes_on_until_its_client_goes()
    {
        using (var pbm = Connect())
        {
            await pbm.Ask("edge watch --sni watched.test");
            var seen = pbm.Next();
            // Nothing is seen of what was before it began.
            await Eventually.True(() =>
            {
                Join("watched.test").GetAwaiter().GetResult().Dispose();
                return seen.IsCompleted;
            }, () => "nothing is seen");
            var answer = await seen;
            // The first event can be ACCEPT, which shows no name: the connection had one when the event was filtered.
            while (answer.Text.Contains(" ACCEPT ", StringComparison.Ordinal))
                answer = await pbm.Next();
            Assert.Contains("watched.test", answer.Text, StringComparison.Ordinal);
            Assert.False(answer.Final);
            Assert.Equal(1, _operator.Running);
        }
        await Eventually.True(() => _operator.Running == 0, () => "somebody still watches for a client that has gone");
    }

    [Fact]
    public async Task Without_a_node_only_its_palette_is_missing()
    {
        using var host = await Start(null);
        using var pbm = Connect(host);
        Assert.Contains("no such command", Text(await pbm.Run("edge status")), StringComparison.Ordinal);
        await host.StopAsync();
    }

    private async Task<IHost> Start(IOperator? op)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka("pbm", akka => EdgeCommandPalette.AddTo(akka, new IPEndPoint(IPAddress.Loopback, 0), () => op, _log));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private PbmClient Connect(IHost? host = null) =>
        new(PetabridgeCmd.Get((host ?? _host).Services.GetRequiredService<ActorSystem>()).EndPoint);

    /// <summary>A client that has reached its server.</summary>
    private async Task<Socket> Join(string name)
    {
        var client = await Client.Connect(_edge.EndPoint);
        var hello = HelloBytes.ForName(name);
        await client.SendAsync(hello);
        // The server says it again.
        await new NetworkStream(client).ReadExactlyAsync(hello).AsTask().WaitAsync(Eventually.Deadline);
        return client;
    }

    private static string Text(IEnumerable<PbmAnswer> answers) => string.Join('\n', answers.Select(static answer => answer.Text));

    /// <summary>Knows who is still being answered.</summary>
    private sealed class Counted(IOperator op) : IOperator
    {
        private int _running;

        public int Running => Volatile.Read(ref _running);

        public async IAsyncEnumerable<Answer> Run(
            IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
        {
            Interlocked.Increment(ref _running);
            try
            {
                await foreach (var answer in op.Run(words, access, cancel))
                    yield return answer;
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }
}
