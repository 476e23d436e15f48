namespace HaproxyImport;

public enum ImportNoteKind
{
    /// <summary>The line has no counterpart, and was left out.</summary>
    Lost,

    /// <summary>The line has a counterpart that differs.</summary>
    Changed,

    /// <summary>Edge does this by default, or the line concerns HAProxy alone.</summary>
    NothingToDo,
}

/// <summary>Something to tell of a line.</summary>
/// <param name="File">The name of its file.</param>
/// <param name="Line">From 1.</param>
/// <param name="What">What the line is.</param>
/// <param name="Instead">What to do instead.</param>
public readonly record struct ImportNote(ImportNoteKind Kind, string File, int Line, string What, string Instead)
{
    public override string ToString() => $"{File}:{Line}: {What}: {Instead}";
}

/// <summary>Gathers what an import has to tell. Whatever is said of a line settles it.</summary>
internal sealed class ImportNotes
{
    private readonly List<string> _files = [];
    private readonly HashSet<ImportNote> _notes = [];
    private readonly HashSet<HaproxyLine> _told = [];

    /// <summary>Notes in the order of files and lines, each once, even if a default applies to many proxies.</summary>
    public IReadOnlyList<ImportNote> All => [.. _notes.OrderBy(note => _files.IndexOf(note.File)).ThenBy(static note => note.Line)];

    /// <summary>Files in reading order.</summary>
    public void AddFile(string name) => _files.Add(name);

    public bool IsTold(HaproxyLine line) => _told.Contains(line);

    /// <summary>It has no counterpart.</summary>
    public void NotCarried(HaproxyLine line, string instead) => Add(ImportNoteKind.Lost, line, line.What, instead);

    /// <summary>A part of it has no counterpart.</summary>
    public void NotCarried(HaproxyLine line, string part, string instead) =>
        Add(ImportNoteKind.Lost, line, $"{line.What}, {HaproxyLine.Shown(part)}", instead);

    /// <summary>It was carried over, to something that is not quite the same.</summary>
    public void Differs(HaproxyLine line, string how) => Add(ImportNoteKind.Changed, line, line.What, how);

    /// <summary>Edge does this by default, or the line concerns HAProxy alone.</summary>
    public void NothingToDo(HaproxyLine line, string why) => Add(ImportNoteKind.NothingToDo, line, line.What, $"nothing to do, {why}");

    public void Add(ImportNoteKind kind, string file, int line, string what, string instead) =>
        _notes.Add(new ImportNote(kind, file, line, what, instead));

    private void Add(ImportNoteKind kind, HaproxyLine line, string what, string instead)
    {
        line.IsSettled = true;
        _told.Add(line);
        Add(kind, line.File, line.Number, what, instead);
    }
}
