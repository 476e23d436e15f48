using System.Net;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Answers;
using EdgeActors.Config;
using EdgeActors.Node;
using EdgeActors.Settings;

namespace EdgeActors.Operator.Reports;

/// <summary><c>ratelimit</c>: the entities are asked, by way of the same shards as clients' questions.</summary>
internal static class RateReport
{
    public static async Task<Answer> One(NodeState node, IPAddress address, TimeSpan timeout)
    {
        var rows = new List<(ListenerSettings Listener, AddressKey Key, long Count, bool Admitted, string Why, long Open, long Alone, DateTimeOffset? Dropped)>();
        foreach (var (listener, settings, admission) in Listeners(node))
        {
            var client = AddressKey.From(address);
            var key = admission.KeyOf(client);
            var limit = settings.RateLimit;
            var count = limit?.Limit is null ? 0 : (await Ask(node, RateInspection.Of(RateOrder.Find, listener, key), timeout).ConfigureAwait(false)).Value;
            var open = admission.OpenOf(key);
            var dropped = admission.Drops.Since(key) ?? admission.Drops.Since(client);
            var (admitted, why) = admission.Denies(client) ? (false, "on the deny list, or not on the allow list")
                : admission.Exempts(client) ? (true, "exempt from the limits")
                : dropped is not null ? (false, "dropped by the kernel")
                : count >= limit?.Limit ? (false, "too many within the window")
                : open >= limit?.MaxConnections ? (false, "too many open")
                : (true, limit?.Limit is null ? "no limit here" : "below the limit");
            rows.Add((settings, key, count, admitted, why, open, admission.RateAlone(key), dropped));
        }
        return TableAnswer.Of(
            "rates",
            rows,
            new("listener", CellType.Text, static row => row.Listener.Name),
            new("address", CellType.Text, static row => Shown(row.Key, row.Listener)),
            new("count", CellType.Number, static row => row.Count),
            new("limit", CellType.Number, static row => (long?)row.Listener.RateLimit?.Limit),
            new("per", CellType.Duration, static row => row.Listener.RateLimit is { Limit: not null, Per: var per } ? per : null),
            new("admitted", CellType.Flag, static row => row.Admitted),
            new("why", CellType.Text, static row => row.Why),
            new("open", CellType.Number, static row => row.Open, IsExtra: true),
            new("max-open", CellType.Number, static row => (long?)row.Listener.RateLimit?.MaxConnections, IsExtra: true),
            new("shard", CellType.Number, static row =>
                row.Listener.RateLimit?.Limit is null ? null : (long)row.Key.ShardOf(RateLimitExtractor.Shards), IsExtra: true),
            new("count-alone", CellType.Number, static row => row.Alone, IsExtra: true),
            new("dropped-in-kernel-since", CellType.Time, static row => row.Dropped, IsExtra: true));
    }

    public static async Task<Answer> Top(NodeState node, int most, TimeSpan timeout)
    {
        var found = new List<(AddressKey Address, uint Count, int Shard, ListenerSettings Listener)>();
        foreach (var (listener, settings, _) in Listeners(node))
        {
            for (var shard = 0; shard < RateLimitExtractor.Shards && settings.RateLimit?.Limit is not null; shard++)
            {
                for (int? from = 0; from is { } portion;)
                {
                    var question = new RateInspection(RateOrder.Top, listener, shard, From: portion, Most: most);
                    var top = (await Ask(node, question, timeout).ConfigureAwait(false)).Top!;
                    found.AddRange(top.Rates.Select(rate => (rate.Address, rate.Count, shard, settings)));
                    from = top.Next;
                }
                found = [.. found.OrderByDescending(static one => one.Count).Take(most)];
            }
        }
        return TableAnswer.Of(
            "rates",
            found,
            new("address", CellType.Text, static one => Shown(one.Address, one.Listener)),
            new("listener", CellType.Text, static one => one.Listener.Name),
            new("count", CellType.Number, static one => (long)one.Count),
            new("limit", CellType.Number, static one => (long?)one.Listener.RateLimit!.Limit),
            new("admitted", CellType.Flag, static one => one.Count < one.Listener.RateLimit!.Limit),
            new("shard", CellType.Number, static one => (long)one.Shard, IsExtra: true));
    }

    public static async Task<Answer> Clear(NodeState node, IPAddress address, TimeSpan timeout)
    {
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (listener, settings, admission) in Listeners(node))
        {
            if (settings.RateLimit?.Limit is null)
                continue;
            var key = admission.KeyOf(AddressKey.From(address));
            var forgotten = await Ask(node, RateInspection.Of(RateOrder.Forget, listener, key), timeout).ConfigureAwait(false);
            rows.Add([settings.Name, Shown(key, settings), forgotten.Value != 0 | admission.Forget(key)]);
        }
        return new TableAnswer(
            "cleared", [new("listener", CellType.Text), new("address", CellType.Text), new("was-known", CellType.Flag)], rows);
    }

    private static Task<ShardAnswer> Ask(NodeState node, RateInspection question, TimeSpan timeout) =>
        node.Actors.Limiter.Ask<ShardAnswer>(question, timeout);

    private static IEnumerable<(int Number, ListenerSettings Settings, ListenerAdmission Admission)> Listeners(NodeState node) =>
        from listener in node.Listeners.All
        where listener.State.Admission is not null
        select (listener.Number, listener.Settings, listener.State.Admission!);

    /// <summary>An address, or the network that counts as one.</summary>
    private static string Shown(AddressKey key, ListenerSettings listener)
    {
        var lengths = listener.RateLimit?.Key ?? PrefixLengths.Whole;
        var bits = key.IsIPv4 ? AddressKey.MappedBits + lengths.IPv4 : lengths.IPv6;
        return bits == AddressKey.IPv6Bits ? key.ToAddress().ToString() : new Cidr(key, bits).ToString();
    }
}
