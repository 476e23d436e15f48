using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.log</c>.</summary>
internal static class LogReader
{
    private const int Million = 1_000_000;

    private static readonly (string Word, LogSteps Step)[] Steps =
        [("accept", LogSteps.Accept), ("request", LogSteps.Request), ("connect", LogSteps.Connect), ("close", LogSteps.Close)];

    public static LogSettings Read(ConfigSection log) => new(log.Flag("connections"), log.Int("queue", 1, Million), ReadThreshold(log))
    {
        Format = log.Choice("format", ("text", LogFormat.Text), ("json", LogFormat.Json)),
        Steps = ReadSteps(log),
        Drops = ReadDrops(log.Section("drops")),
        Hello = log.Flag("hello"),
    };

    private static LogThreshold ReadThreshold(ConfigSection log) => log.Choice(
        "level", ("debug", LogThreshold.Debug), ("info", LogThreshold.Info), ("warning", LogThreshold.Warning), ("error", LogThreshold.Error));

    private static LogSteps ReadSteps(ConfigSection log)
    {
        var found = LogSteps.None;
        var value = log.Find("steps", out var path);
        if (value is not HoconArray list)
        {
            log.Reading.Report(value!.Origin, path, $"{ConfigSection.Shown(value)} where a list is expected: [accept, close] or []");
            return found;
        }
        foreach (var item in list.Items)
        {
            var step = Array.Find(Steps, step => item is HoconScalar scalar && scalar.Text == step.Word).Step;
            if (step == LogSteps.None)
                log.Reading.Report(item.Origin, path, $"{ConfigSection.Shown(item)} is no step; expected some of accept, request, connect, close");
            found |= step;
        }
        return found;
    }

    /// <returns>Null where nothing is left out.</returns>
    private static DropLogSettings? ReadDrops(ConfigSection drops)
    {
        var settings = new DropLogSettings(drops.Int("sample", 1, Million), drops.IntOr("off", "rate", 1, Million));
        return settings is { Sample: 1, Rate: null } ? null : settings;
    }
}
