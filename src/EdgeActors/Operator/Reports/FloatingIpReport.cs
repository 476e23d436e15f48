using EdgeActors.Answers;
using EdgeActors.Node;

namespace EdgeActors.Operator.Reports;

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
                new("source", CellType.Text, current.Source == FloatingIpSource.None ? null : current.Source.ToString().ToLowerInvariant()),
                new("told", CellType.State, FloatingIp.Word(current.Told)),
            ],
            current.Addresses.Count == 0 ? [] : [Addresses(current.Addresses)]);
    }

    private static TableAnswer Addresses(IReadOnlyList<AddressStatus> addresses) => new(
        "addresses",
        [new("address", CellType.Text), new("assigned", CellType.Flag)],
        [.. addresses.Select(static address => (IReadOnlyList<object?>)[address.Address.ToString(), address.IsAssigned])]);
}
