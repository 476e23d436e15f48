using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>
/// The same clients and the same servers with HAProxy and with Edge in between: what the client gets to see and what the log says is equal,
/// or an improvement with a reason. The table of it is <c>docs/compared-with-haproxy.md</c>; <c>EDGE_WRITE_DOCS=1</c> writes it anew.
/// </summary>
[Collection(Heavy.Name)]
public sealed class OutcomesLikeHaproxySpecs : IDisposable
{
    private const string Silent = "silent means silent: HAProxy has closed the socket by then, and a reset answers the hello";
    /// <summary>Longer than the time for a hello, which is long enough for two clients a case on a busy machine.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    private readonly OddServer _own = OddServer.That(Answer);
    private readonly OddServer _resets = OddServer.ThatResets(atOnce: false);
    private readonly OddServer _mute = OddServer.ThatDoesNotAnswer();

    private sealed record Case(string Client, Func<Socket, Task<string>> Does, string? Improvement = null, bool Limited = false);

    private static readonly Case[] Cases =
    [
        new("says a whole hello", Sends(Hello("own"))),
        new("says it in three segments, with pauses", Sends(Hello("own")[..3], Hello("own")[3..60], Hello("own")[60..])),
        new("writes the name in capitals", Sends(HelloBytes.ForName("OWN.TEST"))),
        new("ends the name with a dot", Sends(HelloBytes.ForName("own.test.")), "the same name, as DNS has it; some clients write it so"),
        new(
            "cuts the hello into two TLS records ahead of the name",
            Sends(HelloBytes.InTwoRecords(Message("own"), 20)),
            "RFC 8446 §5.1 allows it"),
        new(
            "cuts it within the name",
            Sends(HelloBytes.InTwoRecords(Message("own"), Message("own").Length - 4)),
            "RFC 8446 §5.1 allows it"),
        new("says a hello of 16,000 bytes", Sends(Large(16_000)), "post-quantum keys and resumption make hellos grow"),
        new("says a hello of 16 KiB + 1", Sends(Large((16 << 10) + 1))),
        new("wants a name that is not routed", Sends(Hello("nobody"))),
        new("wants no name", Sends(HelloBytes.WithoutExtensions())),
        new("speaks HTTP", Sends("GET / HTTP/1.1\r\nHost: own.test\r\n\r\n"u8.ToArray())),
        new("says something else", Sends([0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 8])),
        new("says nothing", Sends()),
        new("stops within the hello", Sends(Hello("own")[..40])),
        new("ends before the hello", Ends(), "who has finished is told so, instead of a socket that waits for it"),
        new("ends within the hello", Ends(Hello("own")[..40]), "who has finished is told so, instead of a socket that waits for it"),
        new("resets before the hello", Resets()),
        new("resets in the middle of its data", ResetsJoined),
        new("ends its side, then reads on", FinishesFirst),
        new("wants a server that refuses", Sends(Hello("refuses"))),
        new("wants a server that does not answer", Sends(Hello("mute"))),
        new(
            "wants a server that resets once it has read",
            Sends(Hello("resets")),
            "a connection that was cut must not look like one that has ended"),
        new("wants a server that is down", Sends(Hello("down"))),
        new("falls silent after the first bytes", SilentJoined),
        // At once, HAProxy resets most and not all of them: the hello may come ahead of its close.
        new("is over the limit, and says its hello late", Late, Silent, Limited: true),
    ];

    public void Dispose()
    {
        _own.Dispose();
        _resets.Dispose();
        _mute.Dispose();
    }

    [RequiresToolFact("haproxy", Root = "HAProxy drops silently on the loopback only with CAP_NET_ADMIN")]
    public async Task Outcomes_are_those_of_haproxy_or_better()
    {
        var backends = new Dictionary<string, IPEndPoint?>
        {
            ["own"] = _own.EndPoint,
            ["quiet"] = _own.EndPoint,
            ["refuses"] = Loopback.NextEndPoint(),
            ["resets"] = _resets.EndPoint,
            ["mute"] = _mute.EndPoint,
            ["down"] = null,
        };
        await using var haproxy = await ReferenceHaproxy.Start(backends);
        await using var edge = await EdgeUnderTest.Start(Config(backends));
        await UseUpLimit(haproxy.LimitedEndPoint);
        await UseUpLimit(edge.Listener(1));

        var rows = await Task.WhenAll(Cases.Select(async one =>
        {
            try
            {
                var there = await Run(one, one.Limited ? haproxy.LimitedEndPoint : haproxy.EndPoint, haproxy.StateOf);
                var here = await Run(
                    one, one.Limited ? edge.Listener(1) : edge.Listener(0), async client => (await edge.Closed(client))["ts"]);
                return (Case: one, There: there, Here: here);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"who {one.Client}: {e.Message}", e);
            }
        }));

        Assert.All(rows, static row =>
        {
            if (row.Case.Improvement is null)
                Assert.Equal((row.Case.Client, row.There), (row.Case.Client, row.Here));
            else
                Assert.NotEqual((row.Case.Client, row.There), (row.Case.Client, row.Here));
        });
        var table = Table(rows.Select(static row => (row.Case.Client, row.There, row.Here, row.Case.Improvement)));
        var file = Path.Combine(Repository.Root, "docs", "compared-with-haproxy.md");
        if (Environment.GetEnvironmentVariable("EDGE_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(file, table);
        Assert.Equal(await File.ReadAllTextAsync(file), table);
    }

    private static async Task<string> Run(Case one, IPEndPoint proxy, Func<EndPoint, Task<string>> stateOf)
    {
        using var socket = await Connect(proxy);
        var client = socket.LocalEndPoint!;
        var seen = await one.Does(socket);
        if (seen == "served")
            await Finish(socket);
        socket.Dispose();
        return $"{seen}, `{await stateOf(client)}`";
    }

    private static async Task<Socket> Connect(IPEndPoint proxy)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(proxy);
        return socket;
    }

    /// <summary>Sends these one by one, and says what comes of it.</summary>
    private static Func<Socket, Task<string>> Sends(params byte[][] parts) => async socket =>
    {
        await Send(socket, parts);
        return await Seen(socket);
    };

    private static Func<Socket, Task<string>> Ends(params byte[][] parts) => async socket =>
    {
        await Send(socket, parts);
        socket.Shutdown(SocketShutdown.Send);
        return await Seen(socket);
    };

    private static Func<Socket, Task<string>> Resets(params byte[][] parts) => async socket =>
    {
        await Send(socket, parts);
        // A socket that is reset before it is accepted may be none to a proxy.
        await Task.Delay(200);
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
        return "its own reset";
    };

    private static async Task<string> ResetsJoined(Socket socket)
    {
        await Send(socket, Hello("own"));
        Assert.Equal("served", await Seen(socket));
        return await Resets([1, 2, 3])(socket);
    }

    /// <summary>The server sends the rest only after it has seen the client's end.</summary>
    private static async Task<string> FinishesFirst(Socket socket)
    {
        await Send(socket, Hello("own"));
        Assert.Equal("served", await Seen(socket));
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("served", await Seen(socket));
        return await Seen(socket);
    }

    private static async Task<string> SilentJoined(Socket socket)
    {
        await Send(socket, Hello("quiet"));
        Assert.Equal("served", await Seen(socket));
        return await Seen(socket);
    }

    private static async Task<string> Late(Socket socket)
    {
        await Task.Delay(200);
        await Send(socket, Hello("own"));
        return await Seen(socket);
    }

    /// <summary>A close with unread bytes would be a reset.</summary>
    private static async Task Finish(Socket socket)
    {
        socket.Shutdown(SocketShutdown.Send);
        while (await Seen(socket) == "served")
        {
        }
    }

    private static async Task Send(Socket socket, params byte[][] parts)
    {
        foreach (var part in parts)
        {
            await socket.SendAsync(part);
            if (parts.Length > 1)
                await Task.Delay(50);
        }
    }

    private static async Task<string> Seen(Socket socket)
    {
        using var patience = new CancellationTokenSource(Silence);
        try
        {
            return await socket.ReceiveAsync(new byte[16], patience.Token) > 0 ? "served" : "FIN";
        }
        catch (OperationCanceledException)
        {
            return "nothing";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "RST";
        }
    }

    /// <summary>Answers the first bytes, and the end: a PROXY header, then a hello.</summary>
    private static async Task Answer(Socket socket)
    {
        using (socket)
        {
            var buffer = new byte[64 * 1024];
            await socket.ReceiveAsync(buffer);
            await socket.SendAsync("a"u8.ToArray());
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }
            await socket.SendAsync("z"u8.ToArray());
        }
    }

    private static async Task UseUpLimit(IPEndPoint proxy)
    {
        using var first = await Connect(proxy);
        Assert.Equal("served", await Sends(Hello("own"))(first));
        await Finish(first);
    }

    private static byte[] Message(string name) => HelloBytes.MessageOf(Hello(name));

    private static byte[] Hello(string name) => HelloBytes.ForName($"{name}.test");

    private static byte[] Large(int size)
    {
        var name = HelloBytes.ServerName("own.test"u8);
        var bare = HelloBytes.Message(HelloBytes.Vector16([.. name, .. HelloBytes.Extension(21, [])]));
        var message = HelloBytes.Message(HelloBytes.Vector16([.. name, .. HelloBytes.Extension(21, new byte[size - bare.Length])]));
        return HelloBytes.InRecordsOf(16 << 10, message);
    }

    private static string Config(IReadOnlyDictionary<string, IPEndPoint?> backends) => $$"""
        edge {
          listener-defaults { hello-timeout = 3s }
          listeners {
            all { bind = "127.0.0.1:0", rate-limit = off }
            limited { bind = "127.0.0.1:0", rate-limit { limit = 1, per = 60s, expire = 120s } }
          }
          routes { {{string.Join(", ", backends.Keys.Select(name => $"\"{name}.test\" = {name}"))}} }
          backend-defaults { connect-timeout = 500ms, retries = 0, timeouts { tunnel = 60s }, health { enabled = off } }
          backends { {{string.Join('\n', backends.Select(Backend))}} }
        }
        """;

    private static string Backend(KeyValuePair<string, IPEndPoint?> backend)
    {
        var down = backend.Value is null ? ", health { enabled = on, initial = down }" : "";
        var quiet = backend.Key == "quiet" ? ", timeouts { tunnel = 500ms }" : "";
        return $"{backend.Key} {{ servers = [\"{backend.Value ?? new IPEndPoint(IPAddress.Loopback, 9)}\"]{down}{quiet} }}";
    }

    private static string Table(IEnumerable<(string Client, string There, string Here, string? Improvement)> rows)
    {
        var text = new StringBuilder("""
            # Outcomes compared with HAProxy's

            The same clients and servers, once with HAProxy and once with Edge in between, both as the deployment that Edge replaces has them: what the client gets to
            see, and the termination state in the log. `tests/EdgeHost.Tests/EndToEnd/OutcomesLikeHaproxySpecs.cs` runs them with the HAProxy that is
            installed, fails on every difference that is not listed here with its reason, and writes this table with `EDGE_WRITE_DOCS=1`.

            | A client that | HAProxy | Edge | |
            |---|---|---|---|

            """);
        foreach (var (client, there, here, improvement) in rows)
            text.Append($"| {client} | {there} | {(improvement is null ? "the same" : here)} | {improvement} |\n");
        return text.ToString();
    }
}
