namespace HaproxyImport;

/// <summary>A file of the configuration.</summary>
/// <param name="Name">The path, for notes. Comments contain only the file name.</param>
public sealed record ImportSource(string Name, string Text);

/// <summary>What an import gives.</summary>
/// <param name="Hocon">A configuration of Edge.</param>
/// <param name="Notes">What it could not carry over, and what is not quite the same, in the order of the lines.</param>
public sealed record ImportResult(string Hocon, IReadOnlyList<ImportNote> Notes);

/// <summary>What Edge accepts, as the importer does not know Edge.</summary>
/// <param name="HostName">The normal form of a host name; null: it is none.</param>
/// <param name="IsStatusSet">Whether a health check can expect these HTTP statuses.</param>
public sealed record EdgeSyntax(Func<string, string?> HostName, Func<string, bool> IsStatusSet);

/// <summary>
/// An HAProxy configuration to one of Edge: text, lines, sections, settings, text. Pure but for the files that the configuration names; the
/// same input gives the same output. Every line is carried over or told.
/// </summary>
public static class HaproxyImporter
{
    /// <param name="files">At least one file; all together are one configuration.</param>
    /// <param name="readFile">The text of a file that is named in the configuration; null: it cannot be read.</param>
    /// <param name="syntax">What Edge accepts in its configuration.</param>
    public static ImportResult Run(IReadOnlyList<ImportSource> files, Func<string, string?> readFile, EdgeSyntax syntax)
    {
        var notes = new ImportNotes();
        var file = HaproxyFile.Read(files, notes);
        var edge = Translate(new ImportContext(file, notes, readFile, syntax), files[0].Name);
        Leftovers.Tell(file.Sections, notes);
        var root = new ConfSection();
        root.Set("edge", edge);
        var names = string.Join(", ", files.Select(static source => HaproxyLine.Shown(Path.GetFileName(source.Name))));
        return new ImportResult(
            EdgeConfWriter.Write($"Written by \"edge import\" from {names}, which reported what it did not carry over and what is not "
                + "quite the same.", root), notes.All);
    }

    private static ConfSection Translate(ImportContext context, string firstFile)
    {
        var edge = new ConfSection();
        // In the order of edge.conf.
        var listeners = edge.Section("listeners");
        var fronts = Fronts(context);
        if (fronts.Count < 2)
            edge.Section("routes");
        var backends = edge.Section("backends");
        var global = new GlobalTranslator(context);
        var tables = StickTables.Read(context);
        var listening = new ListenerTranslator(context, tables);
        listening.Translate(fronts, edge);
        tables.TellUnused(context.Notes);
        var limit = global.MaxConnections([.. fronts.Select(static front => front.Proxy)]);
        WriteHttp(context, edge);
        WriteBackends(
            context, edge, backends, new BackendTranslator(context, listening.Fronts, limit ?? UsualConnections), global.Spread());
        global.Write(edge, limit, listening.DefersAccept);
        if (listeners.Fields.Count == 0)
        {
            context.Notes.Add(ImportNoteKind.Lost, firstFile, 1, "the configuration as a whole",
                "no frontend in mode tcp with an address could be carried over: write a listener");
        }
        return edge;
    }

    /// <summary>Edge's own limit.</summary>
    private const int UsualConnections = 4096;

    /// <summary>The frontends in mode tcp that have a usable address.</summary>
    private static List<(HaproxySection Proxy, List<BindLine> Binds)> Fronts(ImportContext context)
    {
        var fronts = new List<(HaproxySection, List<BindLine>)>();
        foreach (var proxy in context.Sections.Where(static section => section.IsFront))
        {
            if (IsLeftOut(proxy, context) || proxy.Mode != "tcp")
                continue;
            var binds = Binds(proxy, context);
            if (binds.Count > 0)
                fronts.Add((proxy, binds));
            else if (ImportContext.HasServers(proxy))
                context.Notes.NotCarried(
                    proxy.Header, "it has no address that Edge can listen on: only its servers were carried over, as a backend");
            else
                Leftovers.TellWhole(proxy, "it has no address that Edge can listen on: it was left out", context.Notes);
        }
        return fronts;
    }

    /// <summary>One that HAProxy does not start either.</summary>
    private static bool IsLeftOut(HaproxySection proxy, ImportContext context)
    {
        if (!ImportContext.IsDisabled(proxy))
            return false;
        Leftovers.TellWhole(proxy, "it is disabled: it was left out", context.Notes);
        return true;
    }

    private static List<BindLine> Binds(HaproxySection proxy, ImportContext context) =>
        [.. proxy.Take("bind").Select(line => BindLine.Read(line, context.Notes)).OfType<BindLine>()];

    private static void WriteHttp(ImportContext context, ConfSection edge)
    {
        var redirects = new RedirectTranslator(context);
        var admin = new AdminTranslator(context);
        foreach (var proxy in context.Sections.Where(
            static section => section.IsFront && !ImportContext.IsDisabled(section) && section.Mode != "tcp"))
        {
            var isAdmin = AdminTranslator.IsAdmin(proxy);
            var isRedirect = RedirectTranslator.IsRedirect(proxy);
            var binds = isAdmin || isRedirect ? Binds(proxy, context) : [];
            if (isRedirect && binds.Count > 0)
                redirects.Translate(proxy, binds, edge);
            if (isAdmin)
                admin.Translate(proxy, isRedirect ? [] : binds, edge);
            if (!isAdmin && !(isRedirect && binds.Count > 0))
                Leftovers.TellWhole(
                    proxy, "Edge passes TLS through and redirects plain HTTP: what else HTTP needs belongs behind it", context.Notes);
        }
    }

    private static void WriteBackends(
        ImportContext context, ConfSection edge, ConfSection backends, BackendTranslator translator, int? spread)
    {
        foreach (var proxy in context.Sections.Where(static section => section.IsBack))
        {
            if (proxy.Kind == SectionKind.Backend && IsLeftOut(proxy, context))
                continue;
            if (ImportContext.HasServers(proxy))
                translator.Translate(proxy, backends);
            else if (proxy.Kind == SectionKind.Backend
                && proxy.Mode != "tcp"
                && proxy.Lines.Exists(static line => line.Is("server") && !line.IsSettled))
                Leftovers.TellWhole(
                    proxy, "Edge passes TLS through: servers for plain HTTP belong behind something that speaks it", context.Notes);
        }
        var sections = backends.Fields.Select(static field => (ConfSection)field.Value).ToList();
        if (spread is { } percent)
            sections.ForEach(section => section.Section("health").Set("spread", ConfValue.Number(percent)));
        // Servers are a backend's own.
        var common = CommonKeys.Take(sections, except: "servers");
        if (common.Fields.Count == 0)
            return;
        // Ahead of the backends, as in edge.conf.
        edge.Remove("backends");
        edge.Set("backend-defaults", common);
        edge.Set("backends", backends);
    }
}
