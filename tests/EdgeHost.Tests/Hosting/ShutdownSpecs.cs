using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hosting;

/// <summary>How the process ends: what is running may finish, what is new is refused, and the second signal does not wait.</summary>
public sealed class ShutdownSpecs : IAsyncLifetime
{
    private const string Name = "slow.test";
    private const int EndedBySignal = 130;

    private readonly TestFolder _folder = new();
    private readonly byte[] _download = RandomNumberGenerator.GetBytes(8 * 1024 * 1024);
    private readonly TaskCompletionSource _goOn = new();
    private readonly OddServer _server;

    public ShutdownSpecs() => _server = OddServer.That(async socket =>
    {
        await socket.SendAsync(_download.AsMemory(0, 1));
        await _goOn.Task;
        await socket.SendAsync(_download.AsMemory(1));
        socket.Shutdown(SocketShutdown.Send);
        await Client.ReadToEnd(socket);
    });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _goOn.TrySetResult();
        _server.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_lets_a_running_download_finish_and_takes_no_new_client(string signal)
    {
        await using var edge = EdgeProcess.Start("run", "-c", Config(drain: "60s"));
        var endPoint = await EdgeProcess.Listening(edge);
        using var client = await Begin(endPoint);

        await edge.Signal(signal);
        await edge.Out.WaitFor("draining 1 connection(s)");
        var refused = await Assert.ThrowsAsync<SocketException>(() => Client.Connect(endPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.False(edge.HasExited);

        _goOn.SetResult();
        Assert.Equal(_download[1..], await Rest(client));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await edge.Exit());
        Assert.Contains(edge.Out.Lines, line => line.EndsWith("drained, no connection was cut", StringComparison.Ordinal));
        Assert.Equal("FINISHED", new LogLine(edge.Out.Lines.Single(line => LogLine.Is(line, "CLOSE")))["reason"]);
        Assert.Equal("", edge.Err.Text);
    }

    [Fact]
    public async Task A_connection_that_outlasts_the_drain_timeout_is_closed()
    {
        await using var edge = EdgeProcess.Start("run", "-c", Config(drain: "500ms"));
        using var client = await Begin(await EdgeProcess.Listening(edge));
        await edge.Signal("TERM");
        Assert.Equal(0, await edge.Exit());
        Assert.Equal(0, await Client.ReadToEnd(client));
        Assert.Equal("DRAINED", new LogLine(edge.Out.Lines.Single(line => LogLine.Is(line, "CLOSE")))["reason"]);
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        await using var edge = EdgeProcess.Start("run", "-c", Config(drain: "10m"));
        using var client = await Begin(await EdgeProcess.Listening(edge));
        await edge.Signal("TERM");
        await edge.Out.WaitFor("draining 1 connection(s)");

        // A second one at the first one's heels is the same order; from some moment on it is another.
        // It may be gone when the last of them comes.
        var exit = edge.Exit();
        while (await Task.WhenAny(exit, Task.Delay(50)) != exit)
            await Tool.Run("sh", "-c", $"kill -TERM {edge.Id}");
        Assert.Equal(EndedBySignal, await exit);
    }

    [Fact]
    public async Task A_signal_with_nobody_connected_ends_it_soon()
    {
        await using var edge = EdgeProcess.Start("run", "-c", Config(drain: "10m"));
        await EdgeProcess.Listening(edge);
        await edge.Signal("TERM");
        Assert.Equal(0, await edge.Exit());
        Assert.Contains(edge.Out.Lines, line => line.EndsWith("stopped", StringComparison.Ordinal));
    }

    /// <summary>Opens a connection and reads the download's first byte.</summary>
    private async Task<Socket> Begin(IPEndPoint edge)
    {
        var client = await Client.Connect(edge);
        await client.SendAsync(HelloBytes.ForName(Name));
        var first = new byte[1];
        Assert.Equal(1, await client.ReceiveAsync(first));
        Assert.Equal(_download[0], first[0]);
        return client;
    }

    private static async Task<byte[]> Rest(Socket client)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        using var all = new MemoryStream();
        await new NetworkStream(client).CopyToAsync(all, deadline.Token);
        return all.ToArray();
    }

    private string Config(string drain) => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "{{Name}}" = slow }
          backends { slow { servers = ["{{_server.EndPoint}}"], health { enabled = off } } }
          drain-timeout = {{drain}}
        }
        """);
}
