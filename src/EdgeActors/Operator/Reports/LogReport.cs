using EdgeActors.Answers;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Operator.Reports;

/// <summary><c>log-level</c>.</summary>
internal static class LogReport
{
    public static Answer Level(EdgeLog log, LogThreshold? level)
    {
        log.Level = level ?? log.Level;
        return new FactsAnswer([new Fact("log-level", CellType.Text, log.Level.ToString().ToLowerInvariant())]);
    }
}
