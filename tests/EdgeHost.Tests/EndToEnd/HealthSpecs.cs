using System.Diagnostics;
using Akka.Actor;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>A backend goes and comes back.</summary>
public sealed class HealthSpecs
{
    private const string Name = "web.test";

    [RequiresToolFact("nginx")]
    public async Task The_only_server_falls_after_three_failed_checks_and_rises_after_two_good_ones()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "{{Name}}" = web }
              backends {
                web {
                  servers = [{ name = s1, address = "{{nginx.EndPoint}}" }]
                  health { interval = 1s, timeout = 1s, fall = 3, rise = 2, initial = down }
                }
              }
            }
            """);
        await edge.Log.WaitFor("server web/s1 ");
        (await Client.Get(edge.EndPoint, Name, "/who")).ShouldBeFine();

        var killed = Stopwatch.GetTimestamp();
        await nginx.Stop();
        await edge.Log.WaitFor($"server web/s1 ({nginx.EndPoint}) is DOWN");
        // Two intervals lie between three checks; half of that is left to a timer that is late.
        Assert.True(Stopwatch.GetElapsedTime(killed) > TimeSpan.FromSeconds(1), "it fell before its third failed check");
        Assert.Equal("NO_SERVER", await ReasonFor(edge));

        var before = nginx.Checks;
        await nginx.Start();
        await Eventually.True(
            () => edge.Log.Lines.Count(line => line.Contains("is UP: 2 of 2 checks succeeded", StringComparison.Ordinal)) == 2,
            () => $"it did not rise again:\n{edge.Log.Text}");
        // There is no third one for which nginx, whose line comes some time after a check is over, could be waited for in vain.
        edge.Node.State.Actors.Health.Tell(PoisonPill.Instance);
        await Eventually.True(() => nginx.Checks >= before + 2, () => "it rose before its second good check");
        (await Client.Get(edge.EndPoint, Name, "/who")).ShouldBeFine();
        await edge.ShouldHoldNothing();
    }

    [RequiresToolFact("nginx")]
    public async Task A_backend_goes_on_with_the_server_that_is_left()
    {
        await using var stays = await NginxBackend.Start(Name);
        await using var leaves = await NginxBackend.Start(Name);
        await using var edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "{{Name}}" = web }
              backends { web { servers = ["{{leaves.EndPoint}}", "{{stays.EndPoint}}"] } }
            }
            """);
        var seen = new HashSet<string>();
        for (var i = 0; i < 4; i++)
            seen.Add((await Client.Get(edge.EndPoint, Name, "/who")).Fingerprint);
        Assert.Equal(2, seen.Count);

        // Before any check has noticed: whoever is sent to it is sent on to the other.
        await leaves.Stop();
        for (var i = 0; i < 4; i++)
        {
            var reply = await Client.Get(edge.EndPoint, Name, "/who");
            reply.ShouldBeFine();
            Assert.Equal(stays.Certificate.Fingerprint, reply.Fingerprint);
        }
        await edge.ShouldHoldNothing();
    }

    private static async Task<string> ReasonFor(EdgeUnderTest edge)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        await socket.SendAsync(HelloBytes.ForName(Name));
        return (await edge.Closed(socket.LocalEndPoint!))["reason"];
    }
}
