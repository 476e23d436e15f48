using System.Net;
using System.Net.Sockets;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class RunVerbSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_smallest_configuration_of_the_readme_works()
    {
        await using var web = await DemoBackend.Start("web", "demo.fiscalismia.com");
        var config = _folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes    { "demo.fiscalismia.com" = web }
              backends  { web { servers = ["127.0.0.1:{{web.Port}}"] } }
            }
            """);
        await using var edge = EdgeProcess.Start("run", "-c", config);
        (await Client.Get(await EdgeProcess.Listening(edge), "demo.fiscalismia.com")).ShouldBeFine();
    }

    [Fact]
    public async Task A_bad_configuration_is_told_whole_and_nothing_starts()
    {
        var listener = Loopback.NextEndPoint();
        var config = _folder.Write("bad.conf", $$"""
            edge {
              listeners { https { bind = "{{listener}}", hello-timeout = 5 } }
              routes { "a.test" = wbe }
              backends {
                web { servers = ["127.0.0.1:99999"] }
                idle { servers = [] }
              }
              drian-timeout = 5s
            }
            """);
        var done = await EdgeProcess.Run("run", "-c", config);
        Assert.Equal(2, done.ExitCode);
        Assert.Equal("", done.Out);
        foreach (var place in (string[])[":2: edge.listeners.https.hello-timeout: ", ":3: edge.routes.", ":5: edge.backends.web.servers", ":6: edge.backends.idle.servers: ", ":8: edge.drian-timeout: "])
            Assert.Contains(config + place, done.Err);
        Assert.Contains("drain-timeout", done.Err);
        Assert.Contains("5 error(s)", done.Err);
        Assert.False(Loopback.IsListening(listener));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_bad_configuration()
    {
        var done = await EdgeProcess.Run("run", "-c", _folder.File("none.conf"));
        Assert.Equal(2, done.ExitCode);
        Assert.Contains("none.conf", done.Err);
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_a_sentence()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var config = _folder.Write("edge.conf", $$"""
            edge {
              listeners { https { bind = "{{taken.LocalEndPoint}}" } }
              routes { "a.test" = web }
              backends { web { servers = ["127.0.0.1:9"] } }
            }
            """);
        var done = await EdgeProcess.Run("run", "-c", config);
        Assert.Equal(1, done.ExitCode);
        // Akka's loggers stop with it, so its line on the shutdown is not always written.
        Assert.DoesNotContain("ExitCode:0", done.Out);
        Assert.Equal(
            $"listener https cannot listen on {taken.LocalEndPoint}: another program listens there already", done.Err.Trim());
    }

    [Theory]
    [InlineData("actor.provider = \"No.Such.Type, Nowhere\"", "'akka.actor.provider' is not a valid type name")]
    [InlineData("loggers = [\"No.Such.Logger\"]", "Logger specified in config cannot be found")]
    public async Task An_akka_section_that_akka_does_not_take_is_told_in_a_sentence(string akka, string told)
    {
        var done = await EdgeProcess.Run("run", "-c", Config("", $"akka {{ {akka} }}"));
        Assert.Equal(1, done.ExitCode);
        Assert.StartsWith($"akka: the actor system does not start with these settings: {told}", done.Err);
        Assert.Single(done.Err.Trim().Split('\n'));
    }

    /// <summary>Leaving a cluster takes time, even if no other node was found.</summary>
    [Fact]
    public async Task A_start_that_fails_does_not_wait_for_the_cluster()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var done = await EdgeProcess.Run("run", "-c", Config(
            $$"""
            admin.bind = "{{taken.LocalEndPoint}}"
            cluster { enabled = on, bind = "{{Loopback.NextEndPoint()}}", seeds = ["{{Loopback.NextEndPoint()}}"] }
            """));
        Assert.Equal(1, done.ExitCode);
        Assert.DoesNotContain("cluster:", done.Out);
        Assert.Equal($"listener admin cannot listen on {taken.LocalEndPoint}: another program listens there already", done.Err.Trim());
    }

    private string Config(string edge, string more = "") => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.test" = web }
          backends { web { servers = ["127.0.0.1:9"] } }
          {{edge}}
        }
        {{more}}
        """);
}
