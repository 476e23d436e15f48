using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class DemoVerbSpecs
{
    [RequiresToolFact("curl")]
    public async Task The_printed_lines_reach_each_its_backend_which_sees_the_client_itself()
    {
        await using var demo = EdgeProcess.Start("demo", "--port", "0");
        await demo.Out.WaitFor("Ctrl-C ends it");
        var lines = demo.Out.Lines.Where(line => line.Contains("  curl ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, lines.Length);
        foreach (var (line, name) in lines.Zip(["app", "api"]))
        {
            var command = line[line.IndexOf("curl ", StringComparison.Ordinal)..];
            var done = (await Tool.Run("sh", "-c", command + " --silent --write-out '%{http_code} %{local_ip}:%{local_port}'"))
                .ShouldSucceed();
            var said = done.Out.Split('\n');
            Assert.StartsWith("200 127.0.0.1:", said[1]);
            Assert.Equal($"This is {name} ({name}.demo.localhost). You are {said[1][4..]}.", said[0]);
            await demo.Out.WaitFor(
                each => LogLine.Is(each, "CLOSE") && each.Contains($" client={said[1][4..]} ", StringComparison.Ordinal), "CLOSE");
        }
        await demo.Signal("INT");
        Assert.Equal(0, await demo.Exit());
        Assert.Equal("", demo.Err.Text);
    }
}
