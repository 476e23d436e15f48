namespace HaproxyImport;

/// <summary>The sections of a configuration, read line by line. Bad input gives notes, never an exception.</summary>
internal sealed class HaproxyFile
{
    /// <summary>Far beyond any real configuration.</summary>
    public const int MaxLines = 20_000;

    private static readonly Dictionary<string, SectionKind> Kinds = new(StringComparer.Ordinal)
    {
        ["global"] = SectionKind.Global,
        ["defaults"] = SectionKind.Defaults,
        ["frontend"] = SectionKind.Frontend,
        ["backend"] = SectionKind.Backend,
        ["listen"] = SectionKind.Listen,
        ["resolvers"] = SectionKind.Resolvers,
        ["userlist"] = SectionKind.Other,
        ["peers"] = SectionKind.Other,
        ["mailers"] = SectionKind.Other,
        ["cache"] = SectionKind.Other,
        ["program"] = SectionKind.Other,
        ["ring"] = SectionKind.Other,
        ["log-forward"] = SectionKind.Other,
        ["log-profile"] = SectionKind.Other,
        ["http-errors"] = SectionKind.Other,
        ["fcgi-app"] = SectionKind.Other,
        ["crt-store"] = SectionKind.Other,
        ["traces"] = SectionKind.Other,
        ["acme"] = SectionKind.Other,
    };

    private readonly ImportNotes _notes;
    private readonly List<HaproxySection> _sections = [];
    private int _conditions;

    private HaproxyFile(ImportNotes notes) => _notes = notes;

    public IReadOnlyList<HaproxySection> Sections => _sections;

    public static HaproxyFile Read(string text, ImportNotes notes)
    {
        var file = new HaproxyFile(notes);
        var number = 0;
        foreach (var raw in text.AsSpan().TrimStart('\uFEFF').Split('\n'))
        {
            if (++number > MaxLines)
            {
                notes.Add(number, "the rest of the file", $"it has more than {MaxLines} lines, and is not read any further");
                break;
            }
            file.Add(number, HaproxyWords.Read(Cleaned(text.AsSpan().TrimStart('\uFEFF')[raw])));
        }
        return file;
    }

    /// <summary>Nothing that a variable could be mistaken for.</summary>
    private static string Cleaned(ReadOnlySpan<char> line) =>
        string.Create(line.Length, line, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                to[i] = from[i] is >= HaproxyVariable.Open and <= HaproxyVariable.Close ? '\uFFFD' : from[i];
        });

    private void Add(int number, HaproxyWords read)
    {
        if (read.Words.Count == 0 && read.Problem is null)
            return;
        var line = new HaproxyLine(number, read.Words.Count == 0 ? [""] : [.. read.Words.Select(HaproxyVariable.WithDefaults)]);
        // Of secrets nothing is taken at all.
        if (!line.Words.SequenceEqual(read.Words) && !line.Is("stats", "auth") && !line.Is("user"))
            _notes.Add(number, line.What, "a variable of the environment with a value for the case that there is none: HOCON has no such thing, this value is taken");
        if (read.Problem is { } problem)
            _notes.NotCarried(line, $"HAProxy refuses this line ({problem}): mend it, and import the file anew");
        else if (line[0].StartsWith('.'))
            AddCondition(line);
        else if (_conditions > 0)
            _notes.NotCarried(line, "it stands between .if and .endif: decide whether it holds, and import the file without these");
        else if (Kinds.TryGetValue(line[0], out var kind))
            Open(kind, line);
        else if (_sections is [.., var section])
            section.Lines.Add(line);
        else
            _notes.NotCarried(line, "it stands in no section: HAProxy refuses it");
    }

    private void AddCondition(HaproxyLine line)
    {
        if (line[0] == ".if")
            _conditions++;
        else if (line[0] == ".endif")
            _conditions = Math.Max(0, _conditions - 1);
        _notes.NotCarried(line, line[0] is ".if" or ".elif" or ".else" or ".endif"
            ? "HOCON has no conditions: a file for each case can include a common one, and ${?NAME} takes a value from the environment"
            : "nothing to do: it concerns the start of HAProxy alone");
    }

    private void Open(SectionKind kind, HaproxyLine header)
    {
        var name = kind is SectionKind.Global ? "" : header[1];
        // "defaults from OTHER" has no name.
        if (kind is SectionKind.Defaults && name == "from" && header.Words.Count == 3)
            name = "";
        header.IsSettled = kind is not SectionKind.Other;
        var section = new HaproxySection(kind, name, header, DefaultsOf(kind, header));
        if (section.Defaults == null && header.Words.Count > 2 && header[^2] == "from")
            _notes.Differs(header, $"there is no defaults section '{HaproxyLine.Shown(header[^1])}' above: it was read without");
        _sections.Add(section);
    }

    /// <summary>The section that is named behind <c>from</c>; for a proxy that names none the last one.</summary>
    private HaproxySection? DefaultsOf(SectionKind kind, HaproxyLine header)
    {
        if (header.Words.Count > 2 && header[^2] == "from")
            return _sections.FindLast(other => other.Kind is SectionKind.Defaults && other.Name == header[^1] && other.Name.Length > 0);
        return kind is SectionKind.Frontend or SectionKind.Backend or SectionKind.Listen
            ? _sections.FindLast(static other => other.Kind is SectionKind.Defaults)
            : null;
    }
}
