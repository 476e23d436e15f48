using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>The page in a real browser, and the orders that it may give. With <c>EDGE_SCREENSHOTS=FOLDER</c> it leaves pictures
/// there.</summary>
public sealed class StatsPageSpecs
{
    private const string Login = "operator:correct horse";

    private static string Config(IPEndPoint server, string more = "user = operator, password = \"correct horse\"") => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off }, internal { bind = "127.0.0.1:0" } }
          routes { "www.example.org" = web, "api.example.org" = api, "down.example.org" = other }
          backend-defaults { health { interval = 2s, timeout = 2s, fall = 1 } }
          backends {
            web { servers = [{ name = s1, address = "{{server}}", weight = 10 }, { name = s2, address = "{{Loopback.NextEndPoint()}}" }] }
            api { servers = ["{{server}}"], balance = leastconn }
            other { servers = ["{{Loopback.NextEndPoint()}}"] }
          }
          admin { bind = "127.0.0.1:0", {{more}} }
        }
        """;

    [RequiresToolFact("chromium")]
    public async Task A_connection_is_found_by_its_name_and_killed_by_a_click()
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint));
        using var www = await Joined(edge, "www.example.org");
        using var api = await Joined(edge, "api.example.org");
        await Drops(edge);
        await using var browser = await Chromium.Start();

        browser.LogIn("operator", "wrong");
        await browser.Open($"http://{edge.Admin}/stats");
        Assert.Equal(2, browser.AskedForLogin);
        Assert.Contains(
            "a user and a password are needed", await browser.Evaluate<string>("document.body.innerText"), StringComparison.Ordinal);

        browser.LogIn("operator", "correct horse");
        await browser.Resize(1280, 1000);
        await browser.Open($"http://{edge.Admin}/stats");
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 2");
        await browser.WaitFor(
            "document.querySelectorAll('#servers tbody tr').length === 4 && document.querySelector('#servers').innerText.includes('DOWN')");
        await browser.WaitFor("document.querySelector('#trouble').innerText.includes('backend other has no server that is up')");
        Assert.Contains("NO_SNI", await browser.Evaluate<string>("document.querySelector('#reasons').innerText"), StringComparison.Ordinal);
        await Drops(edge);
        await browser.WaitFor("bits.length >= 2 && document.querySelector('#reasons').innerText.includes('ago')");
        await Pictures(browser);

        await browser.Evaluate<bool>("(document.querySelector('#value').value = 'www.example.org', document.querySelector('#filter').dispatchEvent(new Event('input')))");
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 1 && document.querySelector('#connections tbody').innerText.includes('www.example.org')");
        await browser.Evaluate<string>("document.querySelector('#connections tbody button').click(), ''");
        Assert.Equal(0, await Client.ReadToEnd(www));
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 0");
        Assert.Equal(
            "KILLED",
            (
                await edge.Log.WaitFor(
                    static line => line.Contains(" sni=www.example.org ", StringComparison.Ordinal) && LogLine.Is(line, "CLOSE"),
                    "CLOSE")).Split("reason=")[1].Split(' ')[0]);

        await api.SendAsync("x"u8.ToArray());
        Assert.Equal(1, await api.ReceiveAsync(new byte[1]));
        await browser.Evaluate<bool>(
            "(document.querySelector('#value').value = 'no name!', document.querySelector('#filter').dispatchEvent(new Event('input')))");
        await browser.WaitFor("!document.querySelector('#error').hidden");
    }

    [RequiresToolFact("chromium")]
    public async Task A_reason_shows_its_last_end_even_from_before_the_page_was_open()
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint));
        using (await Joined(edge, "www.example.org"))
        {
        }
        await edge.Log.WaitFor("reason=FINISHED");
        await using var browser = await Chromium.Start();
        browser.LogIn("operator", "correct horse");
        await browser.Open($"http://{edge.Admin}/stats");
        await browser.WaitFor("/FINISHED.* ago/.test(document.querySelector('#reasons').innerText)");
    }

    [RequiresToolFact("chromium")]
    public async Task A_page_of_another_site_cannot_give_orders_though_the_browser_is_logged_in()
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint));
        using var client = await Joined(edge, "www.example.org");
        var id = edge.Node.State.Live.Records.Single().Link.Id;
        using var elsewhere = OddServer.That(static async socket =>
        {
            await socket.ReceiveAsync(new byte[4096]);
            await socket.SendAsync(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<p>hi</p>"u8.ToArray());
        });
        await using var browser = await Chromium.Start();
        browser.LogIn("operator", "correct horse");
        await browser.Open($"http://{edge.Admin}/stats");
        await browser.WaitFor("document.querySelectorAll('#connections tbody tr').length === 1");

        await browser.Open($"http://{elsewhere.EndPoint}/");
        var kill = $"http://{edge.Admin}/api/kill";
        var plain = $"fetch('{kill}', {{ method: 'POST', mode: 'no-cors', credentials: 'include', body: '{{\"id\": {id}}}' }}).then(r => r.type, e => 'failed')";
        Assert.Equal("failed", await browser.Evaluate<string>(plain));
        var withHeader = $"fetch('{kill}', {{ method: 'POST', credentials: 'include', headers: {{ 'Content-Type': 'application/json', 'X-Edge-Token': 'x' }}, body: '{{\"id\": {id}}}' }}).then(r => 'sent', e => 'failed')";
        Assert.Equal("failed", await browser.Evaluate<string>(withHeader));
        var token = $"fetch('http://{edge.Admin}/stats;json', {{ credentials: 'include' }}).then(r => r.text(), e => 'failed')";
        Assert.Equal("failed", await browser.Evaluate<string>(token));

        // A form is sent without being asked, and shows what came of it.
        await browser.Evaluate<string>(
            $"(() => {{ const form = document.createElement('form'); form.method = 'post'; form.enctype = 'text/plain'; form.action = '{kill}';"
            + $"const input = document.createElement('input'); input.name = '{{\"id\": {id}, \"x\": \"'; input.value = '\"}}'; form.append(input); document.body.append(form); form.submit(); return ''; }})()");
        await browser.WaitFor("document.body !== null && document.body.innerText.includes('this comes from another site')");
        Assert.Equal(1, browser.AskedForLogin);

        await client.SendAsync("x"u8.ToArray());
        Assert.Equal(1, await client.ReceiveAsync(new byte[1]));
        Assert.DoesNotContain(edge.Log.Lines, static line => line.Contains("operator: kill", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_order_needs_login_token_type_and_the_pages_own_site()
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint));
        using var client = await Joined(edge, "www.example.org");
        var id = edge.Node.State.Live.Records.Single().Link.Id;
        var (token, session) = await Token();
        var (_, otherSession) = await Token();
        var own = $"http://{edge.Admin}";

        (await Kill(null, token)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Kill("operator:wrong", token)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Kill(Login, null)).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token[..^1])).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, cookie: null)).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, cookie: otherSession)).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, type: "text/plain")).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, origin: "http://elsewhere.example")).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, origin: "null")).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, site: "cross-site")).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, site: "same-site")).ShouldBe(HttpStatusCode.Forbidden);
        (await Kill(Login, token, body: "{\"id\": \"1\"}")).ShouldBe(HttpStatusCode.BadRequest);
        (await Kill(Login, token, body: "[")).ShouldBe(HttpStatusCode.BadRequest);
        (await Kill(Login, token, body: "{\"id\": 0}")).ShouldBe(HttpStatusCode.BadRequest);
        (await Http.Get(edge.Admin, $"/api/kill?id={id}", Login)).ShouldBe(HttpStatusCode.Conflict);
        Assert.Single(edge.Node.State.Live.Records);

        Assert.Equal(
            "{\"matched\":1,\"closed\":1,\"left\":0}",
            (await Kill(Login, token, origin: own, site: "same-origin")).ShouldBe(HttpStatusCode.OK).Body);
        Assert.Equal(0, await Client.ReadToEnd(client));

        async Task<(string Token, string Session)> Token()
        {
            var stats = await Http.Get(edge.Admin, "/stats;json", Login);
            Assert.EndsWith("; path=/; samesite=strict; httponly", stats.Headers["Set-Cookie"], StringComparison.Ordinal);
            return (stats.Body.Split("\"token\":\"")[1].Split('"')[0], stats.Headers["Set-Cookie"].Split(';')[0]);
        }

        Task<Http.Answer> Kill(
            string? login, string? token, string? type = "application/json", string? origin = null, string? site = null, string? body = null,
            string? cookie = "") => Http.Send(HttpMethod.Post, edge.Admin, "/api/kill", login, request =>
            {
                request.Content = new StringContent(body ?? $"{{\"id\": {id}}}", Encoding.UTF8, type!);
                if (token is not null)
                    request.Headers.Add("X-Edge-Token", token);
                if (cookie is not null)
                    request.Headers.Add("Cookie", cookie.Length > 0 ? cookie : session);
                if (origin is not null)
                    request.Headers.Add("Origin", origin);
                if (site is not null)
                    request.Headers.Add("Sec-Fetch-Site", site);
            });
    }

    [Fact]
    public async Task Without_a_password_the_page_is_there_and_takes_no_orders()
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint, "max-connections = 8"));
        Assert.DoesNotContain(
            "\"token\"", (await Http.Get(edge.Admin, "/stats;json")).ShouldBe(HttpStatusCode.OK).Body, StringComparison.Ordinal);
        (
            await Http.Send(
                HttpMethod.Post,
                edge.Admin,
                "/api/kill",
                null,
                static request => request.Content = new StringContent("{\"id\": 1}", Encoding.UTF8, "application/json")))
            .ShouldBe(HttpStatusCode.Forbidden);
        (await Http.Get(edge.Admin, "/stats")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_page_is_whole_in_itself()
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint));
        var page = (await Http.Get(edge.Admin, "/stats", Login)).ShouldBe(HttpStatusCode.OK);
        Assert.DoesNotContain("{{", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Contains("script-src 'sha256-", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", HttpStatusCode.OK)]
    [InlineData("connections?sni=*.example.org&sort=bytes&top=5", HttpStatusCode.OK)]
    [InlineData("connections?count", HttpStatusCode.OK)]
    [InlineData("backends/web", HttpStatusCode.OK)]
    [InlineData("route/www.example.org?alpn=h2", HttpStatusCode.OK)]
    [InlineData("backends/wbe", HttpStatusCode.Conflict)]
    [InlineData("connections?soni=x", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("server/web/drain", HttpStatusCode.BadRequest)]
    [InlineData("kill?all", HttpStatusCode.Conflict)]
    [InlineData("reload", HttpStatusCode.Conflict)]
    [InlineData("watch", HttpStatusCode.NotFound)]
    public async Task Verbs_that_change_nothing_answer_as_json(string request, HttpStatusCode expected)
    {
        using var server = OddServer.That(Echo);
        await using var edge = await EdgeUnderTest.Start(Config(server.EndPoint));
        var answer = (await Http.Get(edge.Admin, $"/api/{request}", Login)).ShouldBe(expected);
        if (expected != HttpStatusCode.NotFound)
            Assert.StartsWith("{\"", answer.Body, StringComparison.Ordinal);
        (await Http.Get(edge.Admin, $"/api/{request}")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<Socket> Joined(EdgeUnderTest edge, string name)
    {
        var socket = await Client.Connect(edge.EndPoint);
        await socket.SendAsync(HelloBytes.ForName(name));
        Assert.True(await socket.ReceiveAsync(new byte[1]) == 1, $"{name} was not joined");
        return socket;
    }

    private static async Task Drops(EdgeUnderTest edge)
    {
        foreach (var hello in new[] { HelloBytes.WithoutExtensions(), HelloBytes.ForName("nobody.example"), "GET / HTTP/1.1\r\n\r\n"u8.ToArray() })
        {
            using var socket = await Client.Connect(edge.EndPoint);
            await socket.SendAsync(hello);
            await edge.Closed(socket.LocalEndPoint!);
        }
    }

    /// <summary>Answers the header and the hello with one byte, and then each byte with itself.</summary>
    private static async Task Echo(Socket socket)
    {
        var buffer = new byte[16 * 1024];
        if (await socket.ReceiveAsync(buffer) <= 28)
            return;
        await socket.SendAsync("a"u8.ToArray());
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    }

    private static async Task Pictures(Chromium browser)
    {
        var folder = Environment.GetEnvironmentVariable("EDGE_SCREENSHOTS");
        foreach (var (
            scheme, width, phone) in new[] { ("light", 1280, false), ("dark", 1280, false), ("light", 375, true), ("dark", 375, true) })
        {
            await browser.Prefer(scheme);
            await browser.Resize(width, 900, phone);
            await browser.WaitFor("document.querySelector('#rate-now').textContent !== ''");
            Assert.InRange(await browser.Evaluate<int>("document.documentElement.scrollWidth"), 1, width);
            if (folder is not null)
                await browser.Screenshot(Path.Combine(folder, $"stats-{scheme}-{width}.png"));
        }
        await browser.Resize(1280, 1000);
    }
}
