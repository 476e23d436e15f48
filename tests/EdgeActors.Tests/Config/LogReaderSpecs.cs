using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public class LogReaderSpecs
{
    private static LogSettings Read(string log) => Assert.IsType<EdgeSettings>(EdgeSettingsReader.ReadText($$"""
        edge {
          listeners { https { bind = "127.0.0.1:7050" } }
          routes    { "a.example" = web }
          backends  { web { servers = ["127.0.0.1:9001"] } }
          log { {{log}} }
        }
        """).Settings).Log;

    [Theory]
    [InlineData("[accept, request, connect, close]", LogSteps.All)]
    [InlineData("[close, accept, close]", LogSteps.Accept | LogSteps.Close)]
    [InlineData("[request]", LogSteps.Request)]
    [InlineData("[connect]", LogSteps.Connect)]
    [InlineData("[]", LogSteps.None)]
    public void Steps_come_in_any_order(string steps, LogSteps expected) => Assert.Equal(expected, Read($"steps = {steps}").Steps);

    [Fact]
    public void Each_of_the_two_bounds_for_drops_alone_is_enough()
    {
        Assert.Equal(new DropLogSettings(10, null), Read("drops.sample = 10").Drops);
        Assert.Equal(new DropLogSettings(1, 20), Read("drops.rate = 20").Drops);
        Assert.Null(Read("drops { sample = 1, rate = off }").Drops);
    }

    [Fact]
    public void Format_and_hello()
    {
        Assert.Equal(LogFormat.Json, Read("format = json").Format);
        Assert.True(Read("hello = on").Hello);
    }
}
