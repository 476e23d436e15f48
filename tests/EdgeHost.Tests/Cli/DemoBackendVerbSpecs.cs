using System.Net;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class DemoBackendVerbSpecs
{
    private const string Name = "shop.demo.localhost";

    [Fact]
    public async Task It_serves_that_name_behind_an_Edge_until_it_is_told_to_end()
    {
        await using var backend = EdgeProcess.Start("demo", "backend", Name);
        var line = await backend.Out.WaitFor($"{Name} on ");
        await using var edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "{{Name}}" = shop }
              backends { shop { servers = ["{{IPEndPoint.Parse(line.Split(' ')[^1])}}"], health { enabled = off } } }
            }
            """);
        var reply = await Client.Get(edge.EndPoint, Name);
        reply.ShouldBeFine();
        Assert.Contains($"This is shop ({Name}).", reply.Text);
        await backend.Signal("TERM");
        Assert.Equal(0, await backend.Exit());
    }

    [Fact]
    public async Task It_says_where_it_cannot_listen()
    {
        await using var first = EdgeProcess.Start("demo", "backend", Name);
        var taken = (await first.Out.WaitFor($"{Name} on ")).Split(' ')[^1];
        var second = await EdgeProcess.Run("demo", "backend", Name, "--bind", taken);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"cannot listen on {taken}", second.Err);
        var mistaken = await EdgeProcess.Run("demo", "backend", Name, "--bind", "nowhere");
        Assert.NotEqual(0, mistaken.ExitCode);
        Assert.Contains("--bind nowhere: expected an address and a port", mistaken.Err);
    }
}
