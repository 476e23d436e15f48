namespace HaproxyImport;

/// <summary>What <c>global</c> says of the process as a whole.</summary>
internal sealed class GlobalTranslator(ImportContext context)
{
    private const int Million = 1_000_000;

    /// <param name="fronts">The TCP frontends, whose own limits hold in Edge for all together.</param>
    /// <returns>Null: HAProxy would take what the system allows.</returns>
    public int? MaxConnections(IReadOnlyList<HaproxySection> fronts)
    {
        var global = Setting("maxconn") is { } line && context.TryInt(line, line[1], 1, Million, out var all) ? all : (int?)null;
        var own = new List<(HaproxyLine Line, int Limit)>();
        foreach (var front in fronts)
        {
            if (front.Setting("maxconn") is { } maxconn && context.TryInt(maxconn, maxconn[1], 1, Million, out var limit))
                own.Add((maxconn, limit));
        }
        if (own.Count == 0 || fronts.Count == 0)
            return global;
        // One frontend's limit is that of all there is; of several, together they may have their sum.
        var sum = own.Count == fronts.Count ? (int)Math.Min(Million, own.Sum(static one => (long)one.Limit)) : Million;
        if (fronts.Count > 1)
        {
            foreach (var (at, _) in own)
                context.Notes.Differs(at, "Edge limits connections as a whole: limits.max-connections is that of all frontends together");
        }
        return sum < (global ?? int.MaxValue) && own.Count == fronts.Count ? sum : global;
    }

    public void Write(ConfSection edge, int? maxConnections, BindLine? defersAccept)
    {
        if (maxConnections is { } limit)
            edge.Section("limits").Set("max-connections", ConfValue.Number(limit));
        if (Setting("hard-stop-after") is { } stop && context.TryTime(stop, stop[1], out var time))
            edge.Set("drain-timeout", ConfValue.Time(time), ImportContext.From(stop));
        var transport = new ConfSection();
        if (Setting("nbthread") is { } threads && context.TryInt(threads, threads[1], 1, 1024, out var reactors))
            transport.Set("reactors", ConfValue.Number(reactors), ImportContext.From(threads));
        if (Setting("tune.pipesize") is { } size && HaproxyUnits.TryReadSize(size[1], out var bytes) && bytes is >= 1 << 14 and <= 1 << 26)
            transport.Set("pipe-size", ConfValue.Number(bytes), ImportContext.From(size));
        if (Setting("nosplice") is { } copies)
            transport.Set("max-pipes", ConfValue.Number(0), ImportContext.From(copies));
        else if (Setting("maxpipes") is { } pipes && context.TryInt(pipes, pipes[1], 0, Million, out var most))
            transport.Set("max-pipes", ConfValue.Number(most), ImportContext.From(pipes));
        if (defersAccept is not null)
            transport.Set("defer-accept", ConfValue.Flag(true), ImportContext.From(defersAccept.Line));
        if (transport.Fields.Count > 0)
            edge.Set("transport", transport);
    }

    /// <summary>Percent by which the intervals of checks vary; null: nothing is said of it.</summary>
    public int? Spread() => Setting("spread-checks") is { } line && context.TryInt(line, line[1], 0, 50, out var percent) ? percent : null;

    /// <summary>Of several global sections the last one has the last word.</summary>
    private HaproxyLine? Setting(string keyword) =>
        context.All(SectionKind.Global).SelectMany(section => section.Take(keyword)).LastOrDefault();
}
