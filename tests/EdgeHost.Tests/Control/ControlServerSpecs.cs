using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using EdgeActors.Config;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;
using EdgeActors.Telemetry;
using EdgeHost.Control;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary>The socket and its bounds, before an operator that answers what a spec wants.</summary>
public sealed class ControlServerSpecs : IAsyncDisposable
{
    private static readonly ControlLimits Limits = new(Sessions: 3, Idle: TimeSpan.FromMinutes(1), Write: TimeSpan.FromMinutes(1));

    private readonly TestFolder _folder = new();
    private readonly EdgeLog _log = new(new LogSettings(false, 64, LogThreshold.Info), Stream.Null, TimeProvider.System);
    private readonly Echo _operator = new();
    private readonly List<ControlServer> _servers = [];

    private string Path => _folder.File("ctl.sock");

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    private ControlServer Start(ControlLimits? limits = null)
    {
        var server = ControlServer.Start(Path, _operator, _log, limits ?? Limits);
        _servers.Add(server);
        return server;
    }

    /// <summary>Says the words again; <c>flood</c> does so for ever.</summary>
    private sealed class Echo : IOperator
    {
        public int Floods;

        public async IAsyncEnumerable<Answer> Run(IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
        {
            var answer = new FactsAnswer([new Fact("words", CellType.Text, string.Join(' ', words)), new Fact("access", CellType.Text, access.ToString())]);
            if (words is not ["flood"])
            {
                yield return answer;
                yield break;
            }
            Interlocked.Increment(ref Floods);
            try
            {
                while (!cancel.IsCancellationRequested)
                {
                    yield return answer;
                    await Task.Yield();
                }
            }
            finally
            {
                Interlocked.Decrement(ref Floods);
            }
        }
    }

    private static Task Gone(ControlServer server, int left = 0) =>
        Eventually.True(() => server.Sessions == left, () => $"{server.Sessions} sessions are left");

    [Fact]
    public async Task Requests_are_answered_one_after_the_other_in_their_order()
    {
        Start();
        using var client = ControlClientSocket.Connect(Path);
        await client.Send(ControlClientSocket.Request("a b") + "\n" + ControlClientSocket.Request("c") + "\n\n" + ControlClientSocket.Request("d") + "\n");
        foreach (var words in (string[])["a b", "c", "d"])
            Assert.Equal([$$$"""{"answer":{"words":"{{{words}}}","access":"Full"}}"""], await client.Reply());
        Assert.Equal("e", (await client.Answer("e")).GetProperty("words").GetString());
    }

    [Fact]
    public async Task A_request_may_come_in_pieces_and_the_last_one_is_answered_though_no_more_follow()
    {
        var server = Start();
        using var client = ControlClientSocket.Connect(Path);
        foreach (var c in ControlClientSocket.Request("slow") + "\n")
            await client.Send([(byte)c]);
        client.EndSending();
        Assert.Contains("slow", Assert.Single(await client.Reply()), StringComparison.Ordinal);
        Assert.Null(await client.Line());
        await Gone(server);
    }

    [Fact]
    public async Task What_goes_on_ends_with_its_client()
    {
        var server = Start();
        using (var client = ControlClientSocket.Connect(Path))
        {
            await client.Send(ControlClientSocket.Request("flood") + "\n");
            for (var i = 0; i < 100; i++)
                Assert.NotNull(await client.Line());
            Assert.Equal(1, _operator.Floods);
        }
        await Gone(server);
        Assert.Equal(0, _operator.Floods);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_let_go_and_holds_up_nobody()
    {
        var server = Start(Limits with { Write = TimeSpan.FromMilliseconds(200) });
        using var deaf = ControlClientSocket.Connect(Path);
        // And more than is read ahead, so that its reader waits, too.
        await deaf.Send(string.Concat(Enumerable.Repeat(ControlClientSocket.Request("flood") + "\n", 20)));
        await Eventually.True(() => _operator.Floods == 1, () => "it has not begun");
        using var other = ControlClientSocket.Connect(Path);
        while (_operator.Floods == 1)
            await other.Answer("status");
        await Gone(server, left: 1);
    }

    [Fact]
    public async Task So_many_clients_and_no_more()
    {
        var server = Start();
        var clients = Enumerable.Range(0, Limits.Sessions).Select(_ => ControlClientSocket.Connect(Path)).ToArray();
        foreach (var client in clients)
            await client.Answer("status");
        using (var late = ControlClientSocket.Connect(Path))
        {
            Assert.Equal(["""{"error":{"message":"3 are connected already","usage":false}}"""], await late.Reply());
            Assert.Null(await late.Line());
        }
        await Gone(server, left: Limits.Sessions);
        clients[0].Dispose();
        await Gone(server, left: Limits.Sessions - 1);
        using var next = ControlClientSocket.Connect(Path);
        await next.Answer("status");
        foreach (var client in clients)
            client.Dispose();
    }

    [Fact]
    public async Task Who_says_nothing_for_too_long_is_let_go_half_a_line_or_not()
    {
        // Long enough to say half a line within it.
        var server = Start(Limits with { Idle = TimeSpan.FromSeconds(2) });
        using var silent = ControlClientSocket.Connect(Path);
        using var half = ControlClientSocket.Connect(Path);
        await half.Send("{\"words\":");
        Assert.Null(await silent.Line());
        Assert.Null(await half.Line());
        await Gone(server);
    }

    [Fact]
    public async Task A_line_at_the_limit_is_read_and_behind_a_longer_one_nothing_is()
    {
        var server = Start();
        using var client = ControlClientSocket.Connect(Path);
        var request = ControlClientSocket.Request("status");
        await client.Send(request.PadRight(ControlRequest.MaxLine) + "\n");
        Assert.Single(await client.Reply());
        await client.Send(request.PadRight(ControlRequest.MaxLine + 1) + "\n");
        Assert.Equal(["""{"error":{"message":"a line of more than 65536 bytes","usage":true}}"""], await client.Reply());
        Assert.Null(await client.Line());

        using var endless = ControlClientSocket.Connect(Path);
        await endless.Send(new byte[ControlRequest.MaxLine + 1]);
        Assert.Equal(["""{"error":{"message":"a line of more than 65536 bytes","usage":true}}"""], await endless.Reply());
        await Gone(server);
    }

    [Fact]
    public async Task Garbage_is_told_what_is_expected_and_goes_no_further()
    {
        var server = Start();
        using var client = ControlClientSocket.Connect(Path);
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var garbage = new byte[random.Next(1, 2000)];
            random.NextBytes(garbage);
            garbage.AsSpan().Replace((byte)'\n', (byte)'{');
            await client.Send([.. garbage, (byte)'\n']);
            Assert.Equal(["""{"error":{"message":"expected {\u0022words\u0022: [\u0022status\u0022]}","usage":true}}"""], await client.Reply());
        }
        await client.Answer("status");
        client.Dispose();
        await Gone(server);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_is_the_owners_alone_in_a_folder_of_its_own_and_goes_with_the_server()
    {
        var path = System.IO.Path.Combine(_folder.Path, "new", "ctl.sock");
        await using (ControlServer.Start(path, _operator, _log))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(System.IO.Path.GetDirectoryName(path)!));
        }
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_file_that_is_in_use_or_no_socket_stays_what_it_is()
    {
        Start();
        Assert.Equal(
            $"control.socket: another process listens on {Path}; expected a path for each of them",
            Assert.Throws<ControlSocketException>(() => ControlServer.Start(Path, _operator, _log)).Message);
        using var client = ControlClientSocket.Connect(Path);
        await client.Answer("status");

        var file = _folder.Write("notes.txt", "mine");
        Assert.Equal(
            $"control.socket: {file} is there and is no socket, so it is not removed; expected another path",
            Assert.Throws<ControlSocketException>(() => ControlServer.Start(file, _operator, _log)).Message);
        Assert.Equal("mine", File.ReadAllText(file));

        Assert.StartsWith(
            $"control.socket: cannot listen on {file}/ctl.sock: ",
            Assert.Throws<ControlSocketException>(() => ControlServer.Start(file + "/ctl.sock", _operator, _log)).Message);
    }

    [Fact]
    public async Task A_file_without_a_listener_is_replaced()
    {
        using (var dead = ControlSocket.Listen("control.socket", Path))
        {
            // Disposing of it would remove the file; a process that dies does not.
            File.Move(Path, Path + ".kept");
        }
        File.Move(Path + ".kept", Path);
        Start();
        using var client = ControlClientSocket.Connect(Path);
        await client.Answer("status");
    }
}
