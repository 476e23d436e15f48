namespace HaproxyImport;

/// <summary>Something to tell of a line.</summary>
/// <param name="Line">From 1.</param>
/// <param name="What">What the line is.</param>
/// <param name="Instead">What to do instead.</param>
public readonly record struct ImportNote(int Line, string What, string Instead);

/// <summary>Gathers what an import has to tell. Whatever is said of a line settles it.</summary>
internal sealed class ImportNotes
{
    private readonly HashSet<ImportNote> _notes = [];

    /// <summary>In the order of the lines, each once, though a default may have been met for many proxies.</summary>
    public IReadOnlyList<ImportNote> All => [.. _notes.OrderBy(static note => note.Line)];

    /// <summary>It has no counterpart.</summary>
    public void NotCarried(HaproxyLine line, string instead) => Add(line, line.What, instead);

    /// <summary>A part of it has no counterpart.</summary>
    public void NotCarried(HaproxyLine line, string part, string instead) => Add(line, $"{line.What}, {HaproxyLine.Shown(part)}", instead);

    /// <summary>It was carried over, to something that is not quite the same.</summary>
    public void Differs(HaproxyLine line, string how) => Add(line, line.What, how);

    /// <summary>Edge does so anyway, or it concerns HAProxy alone.</summary>
    public void NothingToDo(HaproxyLine line, string why) => Add(line, line.What, $"nothing to do, {why}");

    public void Add(int line, string what, string instead) => _notes.Add(new ImportNote(line, what, instead));

    private void Add(HaproxyLine line, string what, string instead)
    {
        line.IsSettled = true;
        Add(line.Number, what, instead);
    }
}
