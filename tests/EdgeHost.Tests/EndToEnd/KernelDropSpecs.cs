using System.Net;
using System.Net.Sockets;
using EdgeActors.Answers;
using EdgeActors.Operator;
using EdgeActors.Tests;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>A flood that the kernel drops, and what operators see of it.</summary>
[Collection(Heavy.Name)]
public sealed class KernelDropSpecs : IDisposable
{
    private const string Flooding = "127.0.0.3", Other = "127.0.0.2";

    private readonly List<Socket> _clients = [];
    private readonly OddServer _server = OddServer.ThatAnswers();

    public void Dispose()
    {
        _clients.ForEach(static client => client.Dispose());
        _server.Dispose();
    }

    [LinuxFact]
    public async Task A_flood_is_dropped_shown_counted_and_ended_by_an_operator()
    {
        var began = DateTimeOffset.UtcNow;
        await using var edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit { limit = 5, per = 10m, expire = 20m } } }
              routes { "web.test" = web }
              backends { web { servers = ["{{_server.EndPoint}}"], proxy-protocol = off, health { enabled = off } } }
              admin.bind = "127.0.0.1:0"
            }
            """);
        Assert.Null((await Rate(edge)).Since);
        await Eventually.True(
            () =>
            {
                for (var i = 0; i < 150; i++)
                    Begin(edge.EndPoint);
                return edge.Log.Lines.Any(static line => line.Contains($"added={Flooding}/32", StringComparison.Ordinal));
            },
            () => $"nothing is dropped:\n{edge.Log.Text}");

        var (since, why) = await Rate(edge);
        Assert.InRange(since!.Value, began, DateTimeOffset.UtcNow);
        Assert.Equal("dropped by the kernel", why);
        Assert.Equal(1, await Metric(edge, "edge_kernel_drops"));
        Assert.Equal(1, await Metric(edge, "edge_kernel_drops_added_total"));
        Begin(edge.EndPoint);
        await Eventually.True(
            () => Metric(edge, "edge_kernel_dropped_packets_total").GetAwaiter().GetResult() > 0, static () => "no packet is counted");
        for (var i = 0; i < 4; i++)
            await Served(edge, $"127.0.0.{10 + i}");
        await Served(edge, Other);

        // Their SYNs would come again.
        _clients.ForEach(static client => client.Dispose());
        Assert.Equal([true], (await Table(edge, $"ratelimit clear {Flooding}")).Rows.Select(static row => row[2]));
        await Served(edge, Flooding);
        Assert.Null((await Rate(edge)).Since);
        await Eventually.True(() => Metric(edge, "edge_kernel_drops").GetAwaiter().GetResult() == 0, static () => "the gauge stays");
        Assert.Equal(1, await Metric(edge, "edge_kernel_drops_added_total"));
        Assert.Contains(edge.Log.Lines, static line => line.Contains($"removed={Flooding}/32", StringComparison.Ordinal));
    }

    private void Begin(IPEndPoint edge)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        _clients.Add(client);
        client.Bind(new IPEndPoint(IPAddress.Parse(Flooding), 0));
        try
        {
            client.Connect(edge);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
        }
    }

    /// <summary>A SYN that was dropped comes again.</summary>
    private async Task Served(EdgeUnderTest edge, string source)
    {
        var client = await Client.Connect(edge.EndPoint, source).WaitAsync(Eventually.Deadline);
        _clients.Add(client);
        await client.SendAsync(HelloBytes.ForName("web.test"));
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline));
    }

    private static async Task<(DateTimeOffset? Since, object? Why)> Rate(EdgeUnderTest edge)
    {
        var table = await Table(edge, $"ratelimit {Flooding}");
        object? Cell(string column) => table.Rows.Single()[table.Columns.Select(static one => one.Name).ToList().IndexOf(column)];
        return ((DateTimeOffset?)Cell("dropped-in-kernel-since"), Cell("why"));
    }

    private static async Task<TableAnswer> Table(EdgeUnderTest edge, string words)
    {
        await foreach (var answer in edge.Node.Operator.Run(words.Split(' '), Access.Full, CancellationToken.None))
            return Assert.IsType<TableAnswer>(answer);
        throw new InvalidOperationException("no answer");
    }

    private static async Task<double> Metric(EdgeUnderTest edge, string name)
    {
        var body = (await Http.Get(edge.Admin, "/metrics")).ShouldBe(HttpStatusCode.OK).Body;
        var line = body.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
