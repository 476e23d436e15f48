using System.Diagnostics;
using System.Net;
using Akka.Actor;
using EdgeActors;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeHost.Hosting;

namespace EdgeHost.Tests.Harness;

/// <summary>An Edge in this process, on a port from the kernel, with its log at hand.</summary>
internal sealed class EdgeUnderTest : IAsyncDisposable
{
    private readonly EdgeProgram _program;
    private readonly bool _logsConnections;
    private readonly IReadOnlyList<IPEndPoint> _bound;

    private EdgeUnderTest(EdgeProgram program, LineLog log, bool logsConnections, IReadOnlyList<IPEndPoint> bound)
    {
        _program = program;
        _logsConnections = logsConnections;
        _bound = bound;
        Log = log;
    }

    public LineLog Log { get; }

    public EdgeNode Node => _program.Node;

    /// <summary>Of all servers that are checked.</summary>
    public IEnumerable<ServerHealth> Checks =>
        Node.State.Routes.Current.Backends.SelectMany(static pool => pool.Servers)
            .Select(static server => server.State.Health)
            .OfType<ServerHealth>();

    /// <summary>The first address for plain HTTP.</summary>
    public IPEndPoint Redirect => _program.Redirect!.EndPoints[0];

    /// <summary>The operator's HTTP.</summary>
    public IPEndPoint Admin => _program.Admin!.EndPoint!;

    /// <summary>Health alone.</summary>
    public IPEndPoint Health => _program.Admin!.Health!;

    /// <summary>The first listener.</summary>
    public IPEndPoint EndPoint => _bound[0];

    public static async Task<EdgeUnderTest> Start(string hocon)
    {
        var parsed = EdgeSettingsReader.ReadText(hocon, "test", _ => null);
        Assert.Empty(parsed.Errors);
        var log = new LineLog();
        // What a spec leaves open at its end is cut, not waited for.
        var program = new EdgeProgram(parsed.Settings! with { DrainTimeout = TimeSpan.Zero }, log);
        Assert.Null(await program.Start(CancellationToken.None));
        return new EdgeUnderTest(program, log, parsed.Settings!.Log.Connections, await program.Node.State.Listeners.Bound());
    }

    public IPEndPoint Listener(int index) => _bound[index];

    /// <summary>The one CLOSE line of this client.</summary>
    /// <param name="listener">Clients of two listeners may have the same port; null: any listener.</param>
    public async Task<LogLine> Closed(EndPoint client, string? listener = null)
    {
        var line = await Log.WaitFor(IsIt, $"CLOSE {client}");
        Assert.Single(Log.Lines, IsIt);
        return new LogLine(line);

        bool IsIt(string line) => LogLine.Is(line, "CLOSE", client)
            && (listener is null || line.Contains($" listener={listener} ", StringComparison.Ordinal));
    }

    /// <summary>No socket of a client, no live connection, no actor of a connection is left.</summary>
    public async Task ShouldHoldNothing()
    {
        await Eventually.True(
            () => Node.State.Transport.OpenLinks == 0, () => $"{Node.State.Transport.OpenLinks} sockets are still open\n{Log.Text}");
        await Eventually.True(() => Node.State.Live.Count == 0, () => $"{Node.State.Live.Count} connections still live\n{Log.Text}");
        await Eventually.True(() => BusyActors == 0, () => $"{BusyActors} actors of connections have not stopped");
        // Lines come in portions, some of which would do for as many ends as beginnings.
        var wanted = _logsConnections ? Node.State.Meters.AcceptedTotal : 0;
        await Eventually.True(
            () => Lines("ACCEPT") + RefusedAtAccept() == wanted && Lines("CLOSE") == wanted,
            () => $"{wanted} connections, {Lines("ACCEPT")} ACCEPT, {Lines("CLOSE")} CLOSE in\n{Log.Text}");
    }

    /// <summary>Actors that serve a connection; idle ones are left out.</summary>
    public int BusyActors => ((ActorRefWithCell)Node.State.Actors.Connections).Children.Count() - Node.State.Idle.Count;

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    /// <summary>Clients without an ACCEPT line.</summary>
    private int RefusedAtAccept()
    {
        var accepted = Log.Lines.Where(static line => LogLine.Is(line, "ACCEPT")).Select(static line => new LogLine(line)["id"]).ToHashSet();
        return Log.Lines.Where(static line => LogLine.Is(line, "CLOSE")).Select(static line => new LogLine(line))
            .Count(close => close["reason"] is "DENIED" or "RATE_LIMITED" && !accepted.Contains(close["id"]));
    }

    private int Lines(string step) => Log.Lines.Count(line => LogLine.Is(line, step));
}
