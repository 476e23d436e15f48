using System.Text.RegularExpressions;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class EdgeVersionSpecs
{
    [Fact]
    public async Task Version_says_which_edge_on_which_akka()
    {
        var done = (await EdgeProcess.Run("--version")).ShouldSucceed();
        Assert.Matches(new Regex(@"^edge \d+\.\d+\.\d+ on Akka\.NET \d+\.\d+\.\d+\n$"), done.Out);
    }
}
