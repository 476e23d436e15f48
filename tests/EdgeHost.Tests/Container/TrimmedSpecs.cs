using System.Net;
using System.Text.RegularExpressions;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Container;

/// <summary>
/// The image holds only those parts of the framework that something is seen to use. What Edge leaves to the framework (web servers, HTTP
/// and TLS of health checks, Unix sockets, JSON, command lines) is met here once each, so that nothing is missed that was left out.
/// </summary>
[Collection(Heavy.Name)]
public sealed partial class TrimmedSpecs : IDisposable
{
    private const string Name = "web.test";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresImageFact]
    public async Task Nothing_is_missing_that_Edge_leaves_to_the_framework()
    {
        await using var web = await DemoBackend.Start("web", Name);
        var config = _folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "{{Name}}" = web }
              backends {
                web {
                  servers = ["localhost:{{web.Port}}"]
                  health { check = https, interval = 1s, timeout = 1s, fast-interval = 100ms, rise = 1, initial = down, sni = "{{Name}}", http { expect = "200" } }
                }
              }
              http-redirect { bind = "127.0.0.1:0" }
              admin { bind = "127.0.0.1:0", health-bind = "127.0.0.1:0", user = operator, password = secret }
              control { socket = "/run/edge/ctl.sock" }
              log { hello = on }
            }
            """);
        await using var edge = new EdgeContainer(config);
        var front = await EdgeProcess.Listening(edge.Process);
        var log = edge.Process.Out;
        var admin = AdminLine().Match(await log.WaitFor(static line => AdminLine().IsMatch(line), "admin"));
        var (pages, health) = (IPEndPoint.Parse(admin.Groups[1].Value), IPEndPoint.Parse(admin.Groups[2].Value));
        var redirect = IPEndPoint.Parse(
            RedirectLine().Match(await log.WaitFor(static line => RedirectLine().IsMatch(line), "http-redirect")).Groups[1].Value);

        await log.WaitFor("L7OK");
        (await Http.Get(health, "/ready")).ShouldBe(HttpStatusCode.OK);
        (await Client.Get(front, Name)).ShouldBeFine();
        foreach (var page in (string[])["/metrics", "/stats", "/stats;csv", "/stats;json"])
            Assert.NotEmpty((await Http.Get(pages, page, "operator:secret")).ShouldBe(HttpStatusCode.OK).Body);
        (await Http.Get(pages, "/stats", "operator:guess")).ShouldBe(HttpStatusCode.Unauthorized);
        (await Http.Get(redirect, "/")).ShouldBe(HttpStatusCode.MovedPermanently);

        foreach (var words in (string[][])[["status", "--json"], ["backends"], ["routes"], ["connections"], ["actors"], ["ratelimit", "top", "5"], ["generations"], ["reload"]])
            (await edge.Exec(["edge", "ctl", .. words])).ShouldSucceed();
        (await edge.Exec("edge", "completion", "bash")).ShouldSucceed();
        (await edge.Exec("edge", "--help")).ShouldSucceed();
        await edge.Signal("HUP");
        await log.WaitFor(static line => line.Contains("generation 3", StringComparison.Ordinal), "a second reload");
        Assert.DoesNotContain(log.Lines, static line => line.Contains("Exception", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"admin on ([^, ""]+), ([^, ""]+)")]
    private static partial Regex AdminLine();

    [GeneratedRegex(@"http-redirect on ([^, ""]+)")]
    private static partial Regex RedirectLine();
}
