using EdgeActors.Config;
using EdgeActors.Operate.Answers;
using EdgeActors.Telemetry;

namespace EdgeActors.Operate.Reports;

/// <summary><c>log-level</c>.</summary>
internal static class LogReport
{
    public static Answer Level(EdgeLog log, LogThreshold? level)
    {
        log.Level = level ?? log.Level;
        return new FactsAnswer([new Fact("log-level", CellType.Text, log.Level.ToString().ToLowerInvariant())]);
    }
}
