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
    public static async Task<Answer> One(NodeState node, IPAddress address, TimeSpan patience)
    {
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (listener, settings, admission) in Listeners(node))
        {
            var client = AddressKey.From(address);
            var key = admission.KeyOf(client);
            var limit = settings.RateLimit;
            var count = limit?.Limit is null ? 0 : (await Ask(node, RateInspection.Of(RateOrder.Find, listener, key), patience).ConfigureAwait(false)).Value;
            var open = admission.OpenOf(key);
            var (admitted, why) = admission.Denies(client) ? (false, "on the deny list, or not on the allow list")
                : count >= limit?.Limit ? (false, "too many within the window")
                : open >= limit?.MaxConnections ? (false, "too many open")
                : (true, limit?.Limit is null ? "no limit here" : "below the limit");
            rows.Add(
            [
                settings.Name,
                Shown(key, settings),
                (long)count,
                (long?)limit?.Limit,
                limit?.Limit is null ? null : limit.Per,
                admitted,
                why,
                (long)open,
                (long?)limit?.MaxConnections,
                limit?.Limit is null ? null : (long)key.ShardOf(RateLimitExtractor.Shards),
                (long)admission.RateAlone(key),
            ]);
        }
        return new TableAnswer(
            "rates",
            [
                new("listener", CellType.Text),
                new("address", CellType.Text),
                new("count", CellType.Number),
                new("limit", CellType.Number),
                new("per", CellType.Duration),
                new("admitted", CellType.Flag),
                new("why", CellType.Text),
                new("open", CellType.Number) { IsExtra = true },
                new("max-open", CellType.Number) { IsExtra = true },
                new("shard", CellType.Number) { IsExtra = true },
                new("count-alone", CellType.Number) { IsExtra = true },
            ],
            rows);
    }

    public static async Task<Answer> Top(NodeState node, int most, TimeSpan patience)
    {
        var found = new List<(AddressKey Address, uint Count, int Shard, ListenerSettings Listener)>();
        foreach (var (listener, settings, _) in Listeners(node))
        {
            for (var shard = 0; shard < RateLimitExtractor.Shards && settings.RateLimit?.Limit is not null; shard++)
            {
                for (int? from = 0; from is { } portion;)
                {
                    var question = new RateInspection(RateOrder.Top, listener, shard, From: portion, Most: most);
                    var top = (await Ask(node, question, patience).ConfigureAwait(false)).Top!;
                    found.AddRange(top.Rates.Select(rate => (rate.Address, rate.Count, shard, settings)));
                    from = top.Next;
                }
                Trim(found, most);
            }
        }
        return new TableAnswer(
            "rates",
            [
                new("address", CellType.Text),
                new("listener", CellType.Text),
                new("count", CellType.Number),
                new("limit", CellType.Number),
                new("admitted", CellType.Flag),
                new("shard", CellType.Number) { IsExtra = true },
            ],
            [.. found.Select(static one => (IReadOnlyList<object?>)
            [
                Shown(one.Address, one.Listener), one.Listener.Name, (long)one.Count, (long?)one.Listener.RateLimit!.Limit, one.Count < one.Listener.RateLimit.Limit, (long)one.Shard,
            ])]);
    }

    public static async Task<Answer> Clear(NodeState node, IPAddress address, TimeSpan patience)
    {
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (listener, settings, admission) in Listeners(node))
        {
            if (settings.RateLimit?.Limit is null)
                continue;
            var key = admission.KeyOf(AddressKey.From(address));
            var forgotten = await Ask(node, RateInspection.Of(RateOrder.Forget, listener, key), patience).ConfigureAwait(false);
            rows.Add([settings.Name, Shown(key, settings), forgotten.Value != 0 | admission.Forget(key)]);
        }
        return new TableAnswer(
            "cleared", [new("listener", CellType.Text), new("address", CellType.Text), new("was-known", CellType.Flag)], rows);
    }

    private static Task<ShardAnswer> Ask(NodeState node, RateInspection question, TimeSpan timeout) =>
        node.Actors.Limiter.Ask<ShardAnswer>(question, timeout);

    private static void Trim(List<(AddressKey Address, uint Count, int Shard, ListenerSettings Listener)> found, int most)
    {
        found.Sort(static (a, b) => b.Count.CompareTo(a.Count));
        if (found.Count > most)
            found.RemoveRange(most, found.Count - most);
    }

    private static IEnumerable<(int Number, ListenerSettings Settings, ListenerAdmission Admission)> Listeners(NodeState node)
    {
        foreach (var entrance in node.Listeners.All)
        {
            if (entrance.State.Admission is { } admission)
                yield return (entrance.Number, entrance.Settings, admission);
        }
    }

    /// <summary>An address, or the network that counts as one.</summary>
    private static string Shown(AddressKey key, ListenerSettings listener)
    {
        var lengths = listener.RateLimit?.Key ?? PrefixLengths.Whole;
        var bits = key.IsIPv4 ? AddressKey.MappedBits + lengths.IPv4 : lengths.IPv6;
        return bits == AddressKey.IPv6Bits ? key.ToAddress().ToString() : new Cidr(key, bits).ToString();
    }
}
