using EdgeActors.Operate.Answers;

namespace EdgeActors.Operate.Reports;

/// <summary><c>floating-ip</c>.</summary>
internal static class FloatingIpReport
{
    public static Answer Of(FloatingIp floatingIp, FloatingIpState? told)
    {
        if (told is { } state)
            floatingIp.Tell(state);
        var current = floatingIp.Current;
        return new FactsAnswer(
        [
            new("floating-ip", CellType.State, FloatingIp.Word(current.State)),
            new("since", CellType.Time, current.Since),
            new("changes", CellType.Number, current.Changes),
        ]);
    }
}
