using System.Text;
using EdgeActors.Answers;
using EdgeActors.Config;
using EdgeActors.Node;
using EdgeActors.Operator.Syntax;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Operator.Reports;

/// <summary><c>connections</c> and <c>connection</c>.</summary>
internal static class ConnectionReport
{
    /// <summary>Rows of one answer: some 2 MB of JSON.</summary>
    internal const int MaxRows = 10_000;

    public static Answer List(NodeState node, ListConnections list)
    {
        var views = Matching(node, list.Filter);
        if (views.Count == 0 && UnknownName(node, list.Filter) is { } error)
            return error;
        if (list.CountOnly)
            return new FactsAnswer([new Fact("count", CellType.Number, (long)views.Count)]);
        views.Sort(OrderOf(list.Sort ?? ConnectionSort.Id));
        var rows = Math.Min(views.Count, Math.Min(list.Top ?? MaxRows, MaxRows));
        return TableAnswer.Of<ConnectionView>(
            "connections",
            views.Take(rows),
            new("id", CellType.Number, static view => view.Id),
            new("client", CellType.Text, static view => view.Record.Link.Client.ToString()),
            new("sni", CellType.Text, static view => view.Record.ServerName),
            new("backend", CellType.Text, static view => view.Record.Backend),
            new("server", CellType.Text, static view => view.Record.Server),
            new("state", CellType.State, static view => FilterWords.WordOf(view.Phase)),
            new("age", CellType.Duration, static view => view.Age),
            new("up", CellType.Bytes, static view => view.BytesUp),
            new("down", CellType.Bytes, static view => view.BytesDown),
            new("idle", CellType.Duration, static view => view.Idle, IsExtra: true),
            new("listener", CellType.Text, static view => view.Record.Listener, IsExtra: true),
            new("generation", CellType.Number, static view => view.Record.Generation, IsExtra: true),
            new("retries", CellType.Number, static view => (long)view.Record.Retries, IsExtra: true)) with { Total = views.Count };
    }

    public static Answer One(NodeState node, long id)
    {
        if (node.Live.Find(id) is not { } record)
            return new ErrorAnswer(ErrorKind.Failed, $"there is no connection {id}; it may have ended");
        var view = ConnectionView.Of(record, node.Time, node.Time.GetTimestamp());
        var link = record.Link;
        var counters = link.Counters;
        return new FactsAnswer(
        [
            new("id", CellType.Number, view.Id),
            new("state", CellType.State, FilterWords.WordOf(view.Phase)),
            new("client", CellType.Text, link.Client.ToString()),
            new("local", CellType.Text, link.Local.ToString()),
            new("listener", CellType.Text, record.Listener),
            new("generation", CellType.Number, record.Generation),
            new("sni", CellType.Text, record.ServerName),
            new("ech", CellType.Flag, record.HasEch),
            new("alpn", CellType.Text, record.Alpn.IsEmpty ? null : record.Alpn.ToString()),
            // Where the log asks for it.
            new("ja4", CellType.Text, record.Hello?.Ja4),
            new("backend", CellType.Text, record.Backend),
            new("server", CellType.Text, record.Server),
            new("unique-id", CellType.Text, record.HasUniqueId ? UniqueId(view.Id) : null),
            new("retries", CellType.Number, (long)record.Retries),
            new("accepted", CellType.Time, node.Time.GetUtcNow() - view.Age),
            new("age", CellType.Duration, view.Age),
            new("peeked-after", CellType.Duration, After(record.PeekedAt)),
            new("joined-after", CellType.Duration, After(counters.JoinedAt)),
            new("idle", CellType.Duration, view.Idle),
            new("up", CellType.Bytes, view.BytesUp),
            new("down", CellType.Bytes, view.BytesDown),
            new("client-fin", CellType.Flag, counters.UpFinished),
            new("server-fin", CellType.Flag, counters.DownFinished),
            new("reason", CellType.Text, record.Reason == CloseReason.None ? null : record.Reason.Facts().Label),
            new("actor", CellType.Text, record.Connection.Path.ToStringWithoutAddress()),
        ]);

        object? After(long timestamp) => timestamp == 0 ? null : node.Time.GetElapsedTime(link.AcceptedAt, timestamp);
    }

    public static List<ConnectionView> Matching(NodeState node, ConnectionFilter filter)
    {
        var now = node.Time.GetTimestamp();
        var views = new List<ConnectionView>();
        foreach (var record in node.Live.Records)
        {
            var view = ConnectionView.Of(record, node.Time, now);
            if (filter.Matches(view))
                views.Add(view);
        }
        return views;
    }

    /// <summary>Nothing fits, as a name in the filter is none of this node's. Null: the names are right.</summary>
    public static ErrorAnswer? UnknownName(NodeState node, ConnectionFilter filter)
    {
        var pools = node.Routes.Current.Backends;
        if (filter.Backend is { } backend && !pools.Any(pool => pool.Name == backend))
            return Unknown("backend", backend, pools.Select(static pool => pool.Name));
        var servers = pools.Where(pool => filter.Backend is null || pool.Name == filter.Backend)
            .SelectMany(static pool => pool.Servers).Select(static server => server.Name);
        if (filter.Server is { } server && !servers.Contains(server))
            return Unknown("server", server, servers);
        var listeners = node.Listeners.All.Select(static listener => listener.Settings.Name);
        return filter.Listener is { } listener && !listeners.Contains(listener) ? Unknown("listener", listener, listeners) : null;
    }

    public static ErrorAnswer Unknown(string kind, string name, IEnumerable<string> known) => new(
        ErrorKind.Failed, $"there is no {kind} '{VerbWords.Shown(name)}'{Nearest.Hint(name, [.. known.Distinct()])}");

    private static string UniqueId(long id)
    {
        Span<byte> text = stackalloc byte[ConnectionUniqueId.MaxLength];
        return Encoding.ASCII.GetString(text[..ConnectionUniqueId.Write(text, id)]);
    }

    /// <summary>Of equal ones, the older first.</summary>
    private static Comparison<ConnectionView> OrderOf(ConnectionSort sort) => (a, b) =>
    {
        var order = sort switch
        {
            ConnectionSort.Age => b.Age.CompareTo(a.Age),
            ConnectionSort.Bytes => b.Bytes.CompareTo(a.Bytes),
            ConnectionSort.Idle => b.Idle.CompareTo(a.Idle),
            _ => 0,
        };
        return order != 0 ? order : a.Id.CompareTo(b.Id);
    };
}
