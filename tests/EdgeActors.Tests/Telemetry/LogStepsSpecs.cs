using System.Text;
using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Telemetry;

public sealed class LogStepsSpecs
{
    [Theory]
    [InlineData(true, LogSteps.All, "ACCEPT TCP-REQ-CONT CONNECT CLOSE")]
    [InlineData(true, LogSteps.Close, "CLOSE")]
    [InlineData(true, LogSteps.Accept | LogSteps.Connect, "ACCEPT CONNECT")]
    [InlineData(true, LogSteps.Request, "TCP-REQ-CONT")]
    [InlineData(true, LogSteps.None, "")]
    [InlineData(false, LogSteps.All, "")]
    public async Task Only_the_steps_asked_for_are_written(bool connections, LogSteps steps, string expected)
    {
        var output = new MemoryStream();
        var record = new ConnectionRecord(new FakeLink(), "https", ActorRefs.Nobody);
        await using (var log = new EdgeLog(
            new LogSettings(connections, 100, LogThreshold.Info) { Steps = steps }, output, TimeProvider.System))
        {
            log.Accepted(record);
            log.Passed(record);
            log.Connection(LogKind.Connect, record);
            log.Closed(record, default, passed: true);
        }
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, string.Join(' ', lines.Select(line => line.Split(' ')[1])));
    }
}
