namespace HaproxyImport;

/// <summary>What every part of a translation needs to know of the whole.</summary>
internal sealed class ImportContext(HaproxyFile file, ImportNotes notes, Func<string, string?> readFile, EdgeSyntax syntax)
{
    private const int MaxName = 64;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public ImportNotes Notes => notes;

    public Func<string, string?> ReadFile => readFile;

    public EdgeSyntax Syntax => syntax;

    public IReadOnlyList<HaproxySection> Sections => file.Sections;

    public IEnumerable<HaproxySection> All(SectionKind kind) => file.Sections.Where(section => section.Kind == kind);

    public static string From(HaproxyLine line) => $"{HaproxyLine.Shown(Path.GetFileName(line.File))}:{line.Number}";

    /// <summary>A proxy's name as Edge can have it: the same one, nearly always.</summary>
    public string NameOf(HaproxySection proxy)
    {
        var key = $"{proxy.Kind} {proxy.Name}";
        if (_names.TryGetValue(key, out var known))
            return known;
        var usable = Usable(proxy.Name);
        if (usable != proxy.Name)
        {
            // Another proxy may have this name, or be renamed to it.
            usable = Unused(usable, name => _names.ContainsValue(name) || file.Sections.Any(other => other.Name == name));
            notes.Differs(proxy.Header, $"Edge takes no such name, it became '{usable}'");
        }
        return _names[key] = usable;
    }

    /// <summary>The name, with a number if there is one already.</summary>
    public static string Unused(string name, Func<string, bool> isTaken)
    {
        var unused = name;
        for (var i = 2; isTaken(unused); i++)
            unused = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name[..Math.Min(name.Length, MaxName - 6)]}-{i}");
        return unused;
    }

    /// <summary>A name that Edge takes, as much like this one as can be.</summary>
    public static string Usable(string called) =>
        called.Length == 0
            ? "unnamed"
            : string.Concat(called.Take(MaxName).Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));

    /// <summary>The section with servers of this name.</summary>
    public HaproxySection? Backend(string called) => file.Sections.LastOrDefault(section => section.IsBack && section.Name == called);

    /// <summary>Whether Edge carries it: servers that speak something with TLS around it.</summary>
    public static bool HasServers(HaproxySection backend) =>
        backend.Mode == "tcp"
            && !IsDisabled(backend)
            && backend.Lines.Exists(static line => line[0] is "server" or "server-template" && line.Words.Count > 2);

    public static bool IsDisabled(HaproxySection proxy) =>
        proxy.Lines.FindLast(static line => line.Is("disabled") || line.Is("enabled"))?[0] == "disabled";

    public bool TryTime(HaproxyLine line, string text, out TimeSpan time)
    {
        if (HaproxyUnits.TryReadTime(text, out time))
        {
            if (time <= Longest)
                return true;
            notes.NotCarried(line, text, $"the longest that Edge counts is {Longest.Days} days: these were taken");
            time = Longest;
            return true;
        }
        notes.NotCarried(line, text, HaproxyVariable.IsIn(text) ? "a variable cannot stand for this: write the time" : "this is no time");
        return false;
    }

    public bool TryInt(HaproxyLine line, string text, int min, int max, out int number)
    {
        if (HaproxyUnits.TryReadInt(text, min, max, out number))
            return true;
        notes.NotCarried(
            line, text, HaproxyVariable.IsIn(text) ? "a variable cannot stand for this: write the number" : $"expected {min} to {max}");
        return false;
    }

    /// <summary>Timers of Edge count milliseconds in 32 bits.</summary>
    private static TimeSpan Longest => TimeSpan.FromDays(24);
}
