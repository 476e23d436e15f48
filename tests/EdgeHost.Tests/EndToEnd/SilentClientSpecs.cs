using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Many clients below the limit of connections that do not complete their hello.</summary>
[Collection(Heavy.Name)]
public sealed class SilentClientSpecs : IDisposable
{
    private const int Clients = 1000, Good = 100;

    /// <summary>Measured: 2.4 kB of resident memory, which the heap takes in steps of some MiB.</summary>
    private const long MostBytes = 24 * 1024;

    private static readonly byte[] s_hello = HelloBytes.ForName("web.test");

    private readonly TestFolder _folder = new();
    private readonly List<Socket> _clients = [];
    private readonly OddServer _server = OddServer.ThatAnswers();

    public void Dispose()
    {
        _clients.ForEach(static client => client.Dispose());
        _server.Dispose();
        _folder.Dispose();
    }

    [LinuxFact]
    public async Task They_stay_and_cost_little_memory_and_others_are_served()
    {
        await using var edge = EdgeProcess.Start("run", "-c", _folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off, hello-timeout = 10m } }
              routes { "web.test" = web }
              backends { web { servers = ["{{_server.EndPoint}}"], proxy-protocol = off, health { enabled = off } } }
            }
            """));
        var at = await EdgeProcess.Listening(edge);
        await Serve(at);
        var before = Resident(edge);
        for (var i = 0; i < Clients; i++)
            _clients.Add(await Client.Connect(at));
        // Half of them send their hello a byte at a time.
        for (var sent = 0; sent < 3; sent++)
        {
            foreach (var client in _clients.Where(static (_, i) => i % 2 == 0))
                await client.SendAsync(s_hello.AsMemory(sent, 1));
            await Serve(at);
        }
        await Eventually.True(
            () => edge.Out.Lines.Count(static line => LogLine.Is(line, "ACCEPT")) == Clients + 4 * Good,
            static () => "not all are accepted");
        Assert.InRange(Resident(edge) - before, long.MinValue, Clients * MostBytes);
        Assert.All(_clients, static client => Client.ShouldHaveHeardNothing(client, notEvenAReset: true));

        // One of them completes its hello.
        await _clients[0].SendAsync(s_hello.AsMemory(3));
        Assert.Equal(1, await _clients[0].ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline));
    }

    private static async Task Serve(IPEndPoint edge)
    {
        for (var i = 0; i < Good; i++)
        {
            using var client = await Client.Connect(edge);
            await client.SendAsync(s_hello);
            Assert.Equal(1, await client.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline));
        }
    }

    private static long Resident(BackgroundProcess edge)
    {
        using var process = System.Diagnostics.Process.GetProcessById(edge.Id);
        return process.WorkingSet64;
    }
}
