using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Harness;
using EdgeHost.Tests.Redirect;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Plain HTTP beside the HAProxy that Edge replaces, and with curl.</summary>
public sealed class RedirectLikeHaproxySpecs
{
    private const string Config = """
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          http-redirect { bind = "127.0.0.1:0", timeout = 10s, rate = off }
        }
        """;

    private static readonly string[] Requests =
    [
        "GET /a?b=c HTTP/1.1\r\nHost: x.example\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: x.example\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: x.example\r\nConnection: keep-alive\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: X.Example\r\nConnection: foo, CLOSE\r\n\r\n",
        "HEAD /a HTTP/1.1\r\nHost: x.example\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x.example\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x.example\r\ncontent-length: 0\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x.example\r\ncontent-length: 5\r\n\r\nabcde",
        "POST /a HTTP/1.1\r\nHost: x.example\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET http://y.example/p?q HTTP/1.1\r\nHost: y.example\r\n\r\n",
        "GET /a HTTP/1.1\nHost: x.example\n\n",
        "\r\nGET /a HTTP/1.1\r\nHost: x.example\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x.example\r\nHost: z\r\n\r\n",
        "GET /a\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost",
        "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    ];

    [RequiresToolFact("haproxy")]
    public async Task Status_location_length_and_connection_are_those_of_haproxy()
    {
        await using var haproxy = await Front.HaproxyRedirect();
        await using var edge = await EdgeUnderTest.Start(Config);
        foreach (var request in Requests)
        {
            var expected = PlainHttp.Shown(await Answer(haproxy.EndPoint, request));
            // The page of an error is each program's own.
            var length = expected.StartsWith("301 ", StringComparison.Ordinal) ? expected.Length : 3;
            Assert.Equal((request, expected[..length]), (request, PlainHttp.Shown(await Answer(edge.Redirect, request))[..length]));
        }
    }

    /// <summary>Where HAProxy's answer is of no use to the client.</summary>
    [RequiresToolFact("haproxy")]
    public async Task Two_errors_of_haproxy_are_not_repeated()
    {
        await using var haproxy = await Front.HaproxyRedirect();
        await using var edge = await EdgeUnderTest.Start(Config);
        const string Port = "GET /p HTTP/1.0\r\nHost: y.example:80\r\n\r\n", NoHost = "GET /p HTTP/1.0\r\n\r\n";
        Assert.Contains("location: https://y.example:80/p\r\n", await Answer(haproxy.EndPoint, Port));
        Assert.Equal("301 https://y.example/p 0 close", PlainHttp.Shown(await Answer(edge.Redirect, Port)));
        Assert.Contains("location: https:///p\r\n", await Answer(haproxy.EndPoint, NoHost));
        Assert.StartsWith("HTTP/1.1 400 ", await Answer(edge.Redirect, NoHost));
    }

    [RequiresToolFact("curl")]
    public async Task Curl_is_redirected_with_any_method()
    {
        await using var edge = await EdgeUnderTest.Start(Config);
        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH" })
        {
            string[] body = method is "POST" or "PUT" ? ["--data", new string('d', 5000)] : [];
            string[] verb = method == "HEAD" ? ["--head"] : ["--request", method];
            var done = await Tool.Run(
                "curl", ["--silent", "--show-error", "--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}", .. verb, .. body,
                "--resolve", $"x.example:{edge.Redirect.Port}:127.0.0.1", $"http://x.example:{edge.Redirect.Port}/a/b?c=d"]);
            Assert.Equal("301 https://x.example/a/b?c=d", done.ShouldSucceed().Out);
        }
    }

    [Fact]
    public async Task It_stops_with_the_node()
    {
        var edge = await EdgeUnderTest.Start(Config);
        var at = edge.Redirect;
        await edge.Log.WaitFor($"http-redirect on {at}");
        await edge.DisposeAsync();
        Assert.False(Loopback.IsListening(at));
    }

    /// <summary>A request that is not complete ends with the client's side.</summary>
    private static async Task<string> Answer(IPEndPoint server, string request)
    {
        using var client = await PlainHttp.Connect(server);
        await client.Send(request);
        if (!request.Contains("\n\r\n", StringComparison.Ordinal))
            client.Shutdown(SocketShutdown.Send);
        return await client.Read(responses: 1);
    }
}
