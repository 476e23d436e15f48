using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Config;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Protocol;

namespace EdgeActors.Tests.Operator;

/// <summary>A node on loopback with a server that sends everything back, to give orders to.</summary>
internal sealed class OperatedNode : IAsyncDisposable
{
    public const string Name = "www.example.org", Other = "other.example.org";

    private readonly EdgeLog _log = new(new LogSettings(false, 1024, LogThreshold.Info), Stream.Null, TimeProvider.System);
    private readonly List<Socket> _clients = [];
    private readonly EchoServer _server = new(readsHeader: false);
    private IReadOnlyList<IPEndPoint> _bound = [];

    public EdgeNode Node { get; private set; } = null!;

    public string Server => _server.EndPoint.ToString();

    /// <param name="more">Of the section edge.</param>
    /// <param name="beside">Other sections.</param>
    public static async Task<OperatedNode> Start(ActorSystem system, string more = "", string beside = "")
    {
        var node = new OperatedNode();
        var read = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners {
                https { bind = "127.0.0.1:0", rate-limit { limit = 1000, max-connections = 2000 } }
                open { bind = "127.0.0.1:0", rate-limit = off, deny = ["198.51.100.0/24"] }
              }
              routes { "{{Name}}" = web, "*.example.org" = other }
              backends {
                web { servers = [{ name = s1, address = "{{node.Server}}" }, { name = s2, address = "{{node.Server}}", weight = 50 }] }
                other { servers = [{ name = o1, address = "{{node.Server}}" }, { name = o2, address = "{{node.Server}}", backup = on }] }
              }
              backend-defaults { proxy-protocol = off, health.enabled = off }
              silent-drop.hold = 100ms
              {{more}}
            }
            {{beside}}
            """);
        Assert.Empty(read.Errors);
        node.Node = await EdgeNode.Start(system, read.Settings!, node._log, TimeProvider.System);
        node._bound = await node.Node.State.Listeners.Bound();
        return node;
    }

    public async Task<Socket> Connect(string name = Name, int listener = 0)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_clients)
            _clients.Add(client);
        await Eventually.Within(client.ConnectAsync(_bound[listener]));
        var hello = HelloBytes.ForName(name);
        await client.SendAsync(hello);
        Assert.Equal(hello, await Transport.LinkHarness.ReadExactly(client, hello.Length));
        return client;
    }

    public async Task<IReadOnlyList<Answer>> Run(string line, Access access = Access.Full)
    {
        var answers = new List<Answer>();
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await foreach (var answer in Node.Operator.Run(line.Split(' '), access, deadline.Token))
            answers.Add(answer);
        return answers;
    }

    public async Task<Answer> One(string line, Access access = Access.Full) => Assert.Single(await Run(line, access));

    public async Task<TableAnswer> Table(string line) => Assert.IsType<TableAnswer>(await One(line));

    public async Task<FactsAnswer> Facts(string line) => Assert.IsType<FactsAnswer>(await One(line));

    public async Task<string> Error(string line, Access access = Access.Full) =>
        Assert.IsType<ErrorAnswer>(await One(line, access)).Message;

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _clients.ForEach(static client => client.Dispose());
        _server.Dispose();
        await _log.DisposeAsync();
    }
}

/// <summary>Specs that each have a node to give orders to.</summary>
public abstract class OperatedTestKit : EdgeTestKit
{
    private protected OperatedNode _edge = null!;

    public override async ValueTask InitializeAsync() => _edge = await OperatedNode.Start(Sys);

    public override async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await base.DisposeAsync();
    }
}

internal static class AnswerCells
{
    public static object? Of(this FactsAnswer answer, string name) => Assert.Single(answer.Facts, fact => fact.Name == name).Value;

    public static TableAnswer Below(this FactsAnswer answer, string name) => Assert.Single(answer.Tables, table => table.Name == name);

    public static object? Cell(this TableAnswer table, int row, string column)
    {
        var index = table.Columns.Select(static column => column.Name).ToList().IndexOf(column);
        Assert.True(index >= 0, $"no column {column}");
        return table.Rows[row][index];
    }

    public static object?[] All(this TableAnswer table, string column) =>
        [.. Enumerable.Range(0, table.Rows.Count).Select(row => table.Cell(row, column))];
}
