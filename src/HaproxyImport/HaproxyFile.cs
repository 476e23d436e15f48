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

    /// <summary>Variables set so far by <c>setenv</c> and <c>presetenv</c>. The environment of the process overrides the latter.</summary>
    private readonly Dictionary<string, string> _set = new(StringComparer.Ordinal), _preset = new(StringComparer.Ordinal);

    private int _conditions;
    private bool _inSection;

    private HaproxyFile(ImportNotes notes) => _notes = notes;

    public IReadOnlyList<HaproxySection> Sections => _sections;

    /// <param name="files">Read one after the other, as HAProxy does; a section ends with its file.</param>
    public static HaproxyFile Read(IReadOnlyList<ImportSource> files, ImportNotes notes)
    {
        var file = new HaproxyFile(notes);
        foreach (var source in files)
            file.Read(source);
        return file;
    }

    private void Read(ImportSource source)
    {
        (_conditions, _inSection) = (0, false);
        _notes.AddFile(source.Name);
        var number = 0;
        var text = source.Text.AsSpan().TrimStart('\uFEFF');
        foreach (var raw in text.Split('\n'))
        {
            if (++number > MaxLines)
            {
                _notes.Add(
                    ImportNoteKind.Lost, source.Name, number, "the rest of the file",
                    $"it has more than {MaxLines} lines, and is not read any further");
                break;
            }
            Add(source.Name, number, HaproxyWords.Read(Cleaned(text[raw])));
        }
    }

    /// <summary>Nothing that a variable could be mistaken for.</summary>
    private static string Cleaned(ReadOnlySpan<char> line) =>
        string.Create(line.Length, line, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                to[i] = from[i] is >= HaproxyVariable.Open and <= HaproxyVariable.Close ? '\uFFFD' : from[i];
        });

    private void Add(string file, int number, HaproxyWords read)
    {
        if (read.Words.Count == 0 && read.Problem is null)
            return;
        string[] words = [.. read.Words.Select(word => HaproxyVariable.Resolve(word, _set))];
        var line = new HaproxyLine(
            file, number, words.Length == 0 ? [""] : [.. words.Select(word => HaproxyVariable.WithDefaults(word, _preset))]);
        // Of secrets nothing is taken at all.
        if (!line.Words.SequenceEqual(words) && words.Length > 0 && !line.Is("stats", "auth") && !line.Is("user"))
        {
            _notes.Add(ImportNoteKind.Changed, file, number, line.What,
                "a variable of the environment with a value for the case that there is none: HOCON has no such thing, this value is taken");
        }
        if (read.Problem is { } problem)
            _notes.NotCarried(line, $"HAProxy refuses this line ({problem}): mend it, and import the file anew");
        else if (line[0].StartsWith('.'))
            AddCondition(line);
        else if (_conditions > 0)
            _notes.NotCarried(line, "it stands between .if and .endif: decide whether it holds, and import the file without these");
        else if (Kinds.TryGetValue(line[0], out var kind))
            Open(kind, line);
        else if (_inSection)
            AddTo(_sections[^1], line);
        else
            _notes.NotCarried(line, "it stands in no section: HAProxy refuses it");
    }

    private void AddTo(HaproxySection section, HaproxyLine line)
    {
        section.Lines.Add(line);
        if (section.Kind != SectionKind.Global || line.Words.Count != 3 || line[0] is not ("setenv" or "presetenv"))
            return;
        _notes.NothingToDo(line, "the variable has this value wherever the file uses it");
        if (line[0] == "setenv")
            _set[line[1]] = line[2];
        else if (!_set.ContainsKey(line[1]))
            _preset.TryAdd(line[1], line[2]);
    }

    private void AddCondition(HaproxyLine line)
    {
        if (line[0] == ".if")
            _conditions++;
        else if (line[0] == ".endif")
            _conditions = Math.Max(0, _conditions - 1);
        if (line[0] is ".if" or ".elif" or ".else" or ".endif")
            _notes.NotCarried(line,
                "HOCON has no conditions: a file for each case can include a common one, and ${?NAME} takes a value from the environment");
        else
            _notes.NothingToDo(line, "it concerns the start of HAProxy alone");
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
        _inSection = true;
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
