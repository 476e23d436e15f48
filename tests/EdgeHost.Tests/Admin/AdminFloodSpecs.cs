using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Settings;
using EdgeHost.Admin;
using EdgeHost.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace EdgeHost.Tests.Admin;

/// <summary>Clients that guess passwords, send nothing, or hold requests.</summary>
public sealed class AdminFloodSpecs
{
    private const string Login = "operator:correct horse";
    private const string Elsewhere = "127.0.0.2";

    private static string Config(int max) => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.example" = web }
          backends { web { servers = ["127.0.0.1:9"], health { enabled = off } } }
          admin { bind = "127.0.0.1:0", user = operator, password = "correct horse", max-connections = {{max}} }
        }
        """;

    [Fact]
    public async Task Beyond_the_wrong_passwords_of_a_second_no_password_of_an_address_is_compared()
    {
        var time = new FakeTimeProvider();
        var check = new LoginCheck(new AdminLogin("operator", "correct horse"), time);
        for (var i = 0; i < LoginCheck.MaxGuesses; i++)
            Assert.Equal(401, await Try($"operator:{i}", "192.0.2.1"));
        Assert.Equal(429, await Try("operator:wrong", "192.0.2.1"));
        Assert.Equal(429, await Try(Login, "192.0.2.1"));
        Assert.Equal(401, await Try(null, "192.0.2.1"));
        Assert.Equal(200, await Try(Login, "192.0.2.2"));
        time.Advance(LoginCheck.Window);
        await Eventually.True(() => Try(Login, "192.0.2.1").Result == 200, () => "still limited");
        for (var i = 0; i < 2 * LoginCheck.MaxGuesses; i++)
            Assert.Equal(200, await Try(Login, "192.0.2.1"));

        async Task<int> Try(string? login, string address)
        {
            var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
            if (login is not null)
                context.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(login));
            return await check.Allows(context) ? 200 : context.Response.StatusCode;
        }
    }

    [Fact]
    public async Task Addresses_of_one_ipv6_network_share_their_guesses()
    {
        var check = new LoginCheck(new AdminLogin("operator", "correct horse"), new FakeTimeProvider());
        for (var i = 0; i < LoginCheck.MaxGuesses; i++)
            await Try($"2001:db8::{i + 1:x}");
        Assert.Equal(429, await Try("2001:db8::ffff"));
        Assert.Equal(401, await Try("2001:db8:0:1::1"));

        async Task<int> Try(string address)
        {
            var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
            context.Request.Headers.Authorization = "Basic x";
            await check.Allows(context);
            return context.Response.StatusCode;
        }
    }

    [Fact]
    public void A_token_expires()
    {
        var time = new FakeTimeProvider();
        var tokens = new PageToken(new AdminLogin("operator", "correct horse"), time);
        var page = new DefaultHttpContext();
        var token = tokens.Issue(page);
        var cookie = page.Response.Headers.SetCookie.ToString().Split(';')[0];
        Assert.Null(Refusal());
        time.Advance(PageToken.Lifetime);
        Assert.Null(Refusal());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("expected a current X-Edge-Token of this session: load the page again", Refusal());

        string? Refusal()
        {
            var order = new DefaultHttpContext();
            order.Request.ContentType = "application/json";
            order.Request.Headers.Cookie = cookie;
            order.Request.Headers[PageToken.Header] = token;
            return tokens.Refuses(order.Request);
        }
    }

    [Fact]
    public async Task Silent_connections_give_way_the_oldest_first()
    {
        const int Max = 4;
        await using var edge = await EdgeUnderTest.Start(Config(Max));
        var silent = new List<Socket>();
        try
        {
            // The accept order of parallel connects is not known, so they connect one by one.
            for (var i = 0; i < Max + OperatorConnections.Reserved; i++)
                silent.Add(await Client.Connect(edge.Admin, Elsewhere));
            (await Http.Get(edge.Admin, "/health")).ShouldBe(HttpStatusCode.OK);
            (await Http.Get(edge.Admin, "/metrics", Login)).ShouldBe(HttpStatusCode.OK);
            Assert.Equal(0, await Client.ReadToEnd(silent[0]));
            // Without a first byte, every one of them is closed.
            foreach (var socket in silent)
                Assert.Equal(0, await Client.ReadToEnd(socket));
        }
        finally
        {
            silent.ForEach(static socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Requests_beyond_the_limit_are_refused_and_health_has_its_own()
    {
        const int Max = 2;
        await using var edge = await EdgeUnderTest.Start(Config(Max));
        var held = new List<Socket>();
        try
        {
            var body = $"POST /api/kill HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Login))}\r\n"
                + "Content-Type: application/json\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
            var token = (await Http.Get(edge.Admin, "/stats;json", Login)).ShouldBe(HttpStatusCode.OK);
            var own = token.Headers["Set-Cookie"].Split(';')[0];
            var header = $"X-Edge-Token: {token.Body.Split("\"token\":\"")[1].Split('"')[0]}\r\nCookie: {own}\r\n";
            for (var i = 0; i < Max; i++)
            {
                held.Add(await Client.Connect(edge.Admin));
                // The body does not come, so the request lasts.
                await held[^1]
                    .SendAsync(Encoding.ASCII.GetBytes(body.Replace("Content-Type", header + "Content-Type", StringComparison.Ordinal)));
                // RFC 9110 section 10.1.1: sent when the body is wanted, so the request is counted.
                var wanted = new byte["HTTP/1.1 100".Length];
                await new NetworkStream(held[^1]).ReadExactlyAsync(wanted);
                Assert.Equal("HTTP/1.1 100", Encoding.ASCII.GetString(wanted));
            }
            (await Http.Get(edge.Admin, "/stats;csv", Login)).ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await Http.Get(edge.Admin, "/health")).ShouldBe(HttpStatusCode.OK);
            (await Http.Get(edge.Admin, "/metrics", Login)).ShouldBe(HttpStatusCode.OK);
        }
        finally
        {
            held.ForEach(static socket => socket.Dispose());
        }
        await Eventually.True(() => Http.Get(edge.Admin, "/stats;csv", Login).Result.Status == HttpStatusCode.OK, () => "still refused");
    }
}
