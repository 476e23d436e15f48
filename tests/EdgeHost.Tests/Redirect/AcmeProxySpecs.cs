using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Redirect;

/// <summary>Challenges of HTTP-01 go to a backend, and nothing else does.</summary>
public sealed class AcmeProxySpecs
{
    private const string Folder = "/.well-known/acme-challenge/";

    private static OddServer Answering(string answer, List<string> asked) => OddServer.That(async socket =>
    {
        var buffer = new byte[4096];
        var got = await socket.ReceiveAsync(buffer);
        lock (asked)
            asked.Add(Encoding.ASCII.GetString(buffer, 0, got));
        await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
        socket.Shutdown(SocketShutdown.Send);
        await Client.ReadToEnd(socket);
    });

    private static Task<EdgeUnderTest> Edge(IPEndPoint acme) => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          http-redirect { bind = "127.0.0.1:0", acme-backend = "{{acme}}" }
        }
        """);

    private static Task<string> Ask(EdgeUnderTest edge, string request) => PlainHttp.Ask(edge.Redirect, request);

    [Theory]
    [InlineData(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\ntok.key",
        "200 - 7 close", "\r\nContent-Type: text/plain\r\n", "tok.key")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\ntok.key", "200 - 7 close", "", "tok.key")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 - 0 close", "", "")]
    public async Task A_challenge_is_answered_by_the_backend(string answer, string expected, string type, string body)
    {
        var asked = new List<string>();
        using var backend = Answering(answer, asked);
        await using var edge = await Edge(backend.EndPoint);
        var heard = await Ask(edge, $"GET {Folder}a-B_9 HTTP/1.1\r\nHost: x.example:80\r\n\r\n");
        Assert.Equal(expected, PlainHttp.Shown(heard));
        Assert.Contains(type, heard);
        Assert.EndsWith("\r\n\r\n" + body, heard);
        var request = Assert.Single(asked);
        Assert.StartsWith($"GET {Folder}a-B_9 HTTP/1.1\r\n", request);
        Assert.Contains("Host: x.example\r\n", request);
    }

    [Fact]
    public async Task A_head_of_a_challenge_has_no_body()
    {
        using var backend = Answering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", []);
        await using var edge = await Edge(backend.EndPoint);
        var heard = await Ask(edge, $"HEAD {Folder}a HTTP/1.1\r\nHost: x.example\r\n\r\n");
        Assert.Equal("200 - 7 close", PlainHttp.Shown(heard));
        Assert.EndsWith("\r\n\r\n", heard);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "../../admin")]
    [InlineData("GET", "a/b")]
    [InlineData("GET", "a?b")]
    [InlineData("GET", "%2e%2e")]
    [InlineData("PUT", "a")]
    public async Task What_is_no_challenge_is_redirected(string method, string token)
    {
        var asked = new List<string>();
        using var backend = Answering("HTTP/1.1 200 OK\r\n\r\n", asked);
        await using var edge = await Edge(backend.EndPoint);
        Assert.Equal(
            $"301 https://x.example{Folder}{token} 0 close",
            PlainHttp.Shown(await Ask(edge, $"{method} {Folder}{token} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n")));
        Assert.Empty(asked);
    }

    [Fact]
    public async Task A_backend_that_is_not_there_is_told()
    {
        await using var edge = await Edge(Loopback.NextEndPoint());
        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", await Ask(edge, $"GET {Folder}a HTTP/1.1\r\nHost: x.example\r\n\r\n"));
    }

    [Theory]
    [InlineData(65536, true)]
    [InlineData(65537, false)]
    public async Task An_answer_is_bounded(int length, bool whole)
    {
        using var backend = Answering($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{new string('a', length)}", []);
        await using var edge = await Edge(backend.EndPoint);
        var answer = await Ask(edge, $"GET {Folder}a HTTP/1.1\r\nHost: x.example\r\n\r\n");
        Assert.StartsWith(whole ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 503 ", answer);
        Assert.Equal(whole, answer.EndsWith(new string('a', length), StringComparison.Ordinal));
    }
}
