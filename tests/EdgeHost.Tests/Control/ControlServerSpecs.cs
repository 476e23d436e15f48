using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Text.Json;
using EdgeActors.Answers;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Admin;
using EdgeHost.Control;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary>The socket, its protocol and its limits, with an operator that answers what a spec wants.</summary>
public sealed class ControlServerSpecs : IAsyncDisposable
{
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

    private async Task<ControlServer> Start(string? path = null)
    {
        var server = await ControlServer.Start(path ?? Path, new OperatorApi(_operator, token: null).Answer, _log);
        _servers.Add(server);
        return server;
    }

    /// <summary>Says the words again; <c>flood</c> does so for ever. <c>event</c>: the same event each time, then an error.</summary>
    private sealed class Echo : IOperator
    {
        public int Floods;

        private readonly EventAnswer _event = new(
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "CLOSE", [new Fact("id", CellType.Number, 7L)]);

        public async IAsyncEnumerable<Answer> Run(
            IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
        {
            var answer = new FactsAnswer(
                [new Fact("words", CellType.Text, string.Join(' ', words)), new Fact("access", CellType.Text, access.ToString())]);
            if (words is ["event"])
                yield return _event;
            if (words is ["event"] or ["fail"])
            {
                yield return new ErrorAnswer(ErrorKind.Failed, "no");
                yield break;
            }
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

    [Fact]
    public async Task An_order_may_do_everything_and_a_get_may_look()
    {
        await Start();
        using var client = ControlClientSocket.Connect(Path);
        Assert.Equal((HttpStatusCode.OK, "{\"words\":\"kill --sni \\u00E4 x/y\",\"access\":\"Full\"}\n"), await client.Post("""{"words":["kill","--sni","ä x/y"],"later":{"a":[1]}}"""));
        Assert.Equal((HttpStatusCode.OK, """{"words":"connections --top 2","access":"ReadOnly"}"""), await client.Get("/api/connections?top=2"));
        Assert.Equal(
            (HttpStatusCode.OK, "{\"words\":\"watch --backend web\",\"access\":\"ReadOnly\"}\n"),
            await client.Get("/api/watch?backend=web"));
    }

    [Fact]
    public async Task Text_is_a_string_on_a_line_and_an_error_is_an_object()
    {
        await Start();
        using var client = ControlClientSocket.Connect(Path);
        Assert.Equal((HttpStatusCode.OK, "\"words   status\\naccess  Full\\n\"\n"), await client.Post("""{"words":["status"],"text":{"width":80,"colour":false}}"""));
        Assert.Equal((HttpStatusCode.Conflict, "{\"error\":\"no\",\"usage\":false}\n"), await client.Post("""{"words":["fail"],"text":{"width":80,"colour":false}}"""));
    }

    [Fact]
    public async Task An_event_has_a_line_for_each_style_and_an_error_behind_it_leaves_the_status()
    {
        await Start();
        using var client = ControlClientSocket.Connect(Path);
        const string Error = "{\"error\":\"no\",\"usage\":false}\n";
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(
                (HttpStatusCode.OK, "{\"time\":\"2026-01-02T03:04:05Z\",\"event\":\"CLOSE\",\"id\":7}\n" + Error),
                await client.Post("""{"words":["event"]}"""));
            Assert.Equal(
                (HttpStatusCode.OK, "\"03:04:05.000 CLOSE   id=7\\n\"\n" + Error),
                await client.Post("""{"words":["event"],"text":{"width":80,"colour":false}}"""));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("status")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"words":null}""")]
    [InlineData("""{"words":"status"}""")]
    [InlineData("""{"words":[1]}""")]
    [InlineData("""{"words":[null]}""")]
    [InlineData("""{"words":["status"]}{}""")]
    [InlineData("""{"words":["status"]""")]
    [InlineData("""{"words":["\ud800"]}""")]
    [InlineData("""{"words":["status"],"text":80}""")]
    public async Task A_body_without_words_is_a_error(string body)
    {
        await Start();
        using var client = ControlClientSocket.Connect(Path);
        Assert.Equal(
            (HttpStatusCode.BadRequest, "{\"error\":\"expected {\\u0022words\\u0022: [\\u0022status\\u0022]}\",\"usage\":true}\n"),
            await client.Post(body));
    }

    [Fact]
    public async Task A_body_at_the_limit_is_read_and_a_longer_one_refused()
    {
        await Start();
        using var client = ControlClientSocket.Connect(Path);
        var order = ControlClientSocket.Order("status");
        Assert.Equal(HttpStatusCode.OK, (await client.Post(order.PadRight(ControlServer.MaxBody))).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.Post(order.PadRight(ControlServer.MaxBody + 1))).Status);
    }

    [Fact]
    public async Task Endless_answers_end_with_their_client()
    {
        await Start();
        using (var client = ControlClientSocket.Connect(Path))
        {
            using var answers = await client.Stream("flood");
            for (var i = 0; i < 100; i++)
                Assert.NotNull(await answers.ReadLineAsync());
            Assert.Equal(1, _operator.Floods);
        }
        await Eventually.True(() => _operator.Floods == 0, () => "it goes on");
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_disconnected_and_delays_no_other()
    {
        await Start();
        using var deaf = ControlClientSocket.Connect(Path);
        using var unread = await deaf.Stream("flood");
        await Eventually.True(() => _operator.Floods == 1, () => "it has not begun");
        using var other = ControlClientSocket.Connect(Path);
        Assert.Equal(JsonValueKind.Object, (await other.Answer("status")).ValueKind);
        Assert.Equal(1, _operator.Floods);
        await Eventually.True(() => _operator.Floods == 0, () => "it goes on");
        Assert.Equal(JsonValueKind.Object, (await other.Answer("status")).ValueKind);
    }

    [Fact]
    public async Task A_stop_cuts_endless_answers()
    {
        var server = await Start();
        using var client = ControlClientSocket.Connect(Path);
        using var answers = await client.Stream("flood");
        await server.DisposeAsync();
        await Assert.ThrowsAnyAsync<IOException>(answers.ReadToEndAsync);
        await Eventually.True(() => _operator.Floods == 0, () => "it goes on");
    }

    [Fact]
    public async Task Silent_connections_beyond_the_limit_give_way()
    {
        await Start();
        var silent = Enumerable.Range(0, ControlServer.MaxConnections + OperatorConnections.Reserved)
            .Select(static _ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).ToArray();
        foreach (var socket in silent)
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path));
        using (var client = ControlClientSocket.Connect(Path))
            await client.Answer("status");
        Assert.Equal(0, await Client.ReadToEnd(silent[0]));
        foreach (var socket in silent)
            socket.Dispose();
    }

    [Fact]
    public async Task Requests_beyond_the_limit_are_refused_in_words()
    {
        await Start();
        var floods = Enumerable.Range(0, ControlServer.MaxConnections).Select(_ => ControlClientSocket.Connect(Path)).ToArray();
        await Task.WhenAll(floods.Select(static client => client.Stream("flood")));
        using (var client = ControlClientSocket.Connect(Path))
        {
            var (status, body) = await client.Post("{\"words\": [\"status\"]}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Equal("{\"error\":\"256 requests are answered at once, watch included; try again later\",\"usage\":false}\n", body);
        }
        foreach (var client in floods)
            client.Dispose();
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_is_the_owners_alone_in_a_folder_of_its_own_and_goes_with_the_server()
    {
        var path = System.IO.Path.Combine(_folder.Path, "new", "ctl.sock");
        await using (await Start(path))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(System.IO.Path.GetDirectoryName(path)!));
        }
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_file_that_is_in_use_or_no_socket_stays_what_it_is()
    {
        await Start();
        Assert.Equal(
            $"control.socket: another process listens on {Path}; expected a path for each of them",
            (await Assert.ThrowsAsync<ControlSocketException>(() => Start())).Message);
        using var client = ControlClientSocket.Connect(Path);
        await client.Answer("status");

        var file = _folder.Write("notes.txt", "mine");
        Assert.Equal(
            $"control.socket: {file} is there and is no socket, so it is not removed; expected another path",
            (await Assert.ThrowsAsync<ControlSocketException>(() => Start(file))).Message);
        Assert.Equal("mine", File.ReadAllText(file));

        Assert.StartsWith(
            $"control.socket: cannot listen on {file}/ctl.sock: ",
            (await Assert.ThrowsAsync<ControlSocketException>(() => Start(file + "/ctl.sock"))).Message);
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
        await Start();
        using var client = ControlClientSocket.Connect(Path);
        await client.Answer("status");
    }
}
