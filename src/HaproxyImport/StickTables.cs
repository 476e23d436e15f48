namespace HaproxyImport;

/// <summary>A table of addresses: <c>stick-table type ip size 500k expire 60s store conn_rate(5s)</c>.</summary>
/// <param name="Size">Addresses at most.</param>
/// <param name="Expire">Null: they stay until the table is full.</param>
/// <param name="Period">Of conn_rate or sess_rate; null: neither is kept.</param>
/// <param name="IsIPv6">IPv6 addresses are kept whole, and IPv4 ones within them.</param>
internal sealed record StickTable(HaproxyLine Line, long Size, TimeSpan? Expire, TimeSpan? Period, bool IsIPv6);

/// <summary>The tables of all proxies; each has the name of its proxy.</summary>
internal sealed class StickTables
{
    private readonly Dictionary<string, StickTable> _tables = new(StringComparer.Ordinal);

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private StickTables()
    {
    }

    public static StickTables Read(ImportContext context)
    {
        var tables = new StickTables();
        foreach (var section in context.Sections)
        {
            if (section.IsFront || section.IsBack)
            {
                foreach (var line in section.Take("stick-table"))
                    tables.Add(section.Name, line, context);
            }
        }
        return tables;
    }

    public StickTable? Find(string name)
    {
        _used.Add(name);
        return _tables.GetValueOrDefault(name);
    }

    /// <summary>Once all rules have been read.</summary>
    public void TellUnused(ImportNotes notes)
    {
        foreach (var (name, table) in _tables)
        {
            if (!_used.Contains(name))
                notes.NothingToDo(table.Line, "no limit that was carried over counts with it");
        }
    }

    private void Add(string name, HaproxyLine line, ImportContext context)
    {
        var (type, size, expire, period) = ("", 0L, (TimeSpan?)null, (TimeSpan?)null);
        for (var i = 1; i < line.Words.Count; i++)
        {
            switch (line[i])
            {
                case "type":
                    type = line[++i];
                    i += line[i + 1] == "len" ? 2 : 0;
                    break;
                case "size":
                    if (!HaproxyUnits.TryReadSize(line[++i], out size))
                        context.Notes.NotCarried(line, line[i], "this is no size");
                    break;
                case "expire":
                    if (context.TryTime(line, line[++i], out var time))
                        expire = time;
                    break;
                case "store":
                    period = ReadStore(line[++i], line, context) ?? period;
                    break;
                case "peers":
                    context.Notes.NotCarried(
                        line, "peers", "each Edge counts for itself, so that a client may have its limit once at each");
                    i++;
                    break;
                case "nopurge" or "write-to" or "brates-factor" or "recv-only":
                    context.Notes.NotCarried(line, line[i], "a full table of Edge forgets those that it has not seen for the longest time");
                    i += line[i] is "write-to" or "brates-factor" ? 1 : 0;
                    break;
                default:
                    context.Notes.NotCarried(line, line[i], "this is not known here");
                    break;
            }
        }
        if (type is "ip" or "ipv4" or "ipv6")
            _tables[name] = new StickTable(line, size, expire, period, type == "ipv6");
        else
            context.Notes.NotCarried(line, $"type {type}", "Edge counts by address, and by nothing else");
    }

    private static TimeSpan? ReadStore(string stores, HaproxyLine line, ImportContext context)
    {
        TimeSpan? period = null;
        foreach (var store in stores.Split(','))
        {
            var open = store.IndexOf('(', StringComparison.Ordinal);
            var what = open < 0 ? store : store[..open];
            if (what is "conn_rate" or "sess_rate" && store.EndsWith(')'))
            {
                if (context.TryTime(line, store[(open + 1)..^1], out var time))
                    period = time;
            }
            else if (what is not ("conn_cur" or "conn_cnt" or "sess_cnt"))
            {
                context.Notes.NotCarried(line, store, "Edge counts connections of an address, in a period and open ones, and nothing else");
            }
        }
        return period;
    }
}
