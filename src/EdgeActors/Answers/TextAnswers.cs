using System.Text;

namespace EdgeActors.Answers;

/// <param name="Width">Characters in a line; extra columns are left out to fit. <see cref="Unbounded"/>: no limit.</param>
/// <param name="Colour">With ANSI escape sequences.</param>
public readonly record struct TextStyle(int Width, bool Colour)
{
    public const int Unbounded = int.MaxValue;

    public static TextStyle Plain { get; } = new(Unbounded, Colour: false);
}

/// <summary>Answers as text: tables with aligned columns, one fact a line, one event a line.</summary>
public static class TextAnswers
{
    private const string Gap = "  ";
    private const string Bold = "\e[1m", Dim = "\e[2m", Red = "\e[31m", Green = "\e[32m", Yellow = "\e[33m", Off = "\e[0m";

    /// <returns>Complete lines, each with its line end.</returns>
    public static string Render(Answer answer, TextStyle style)
    {
        var text = new StringBuilder();
        switch (answer)
        {
            case TableAnswer table:
                Table(text, table, style);
                break;
            case FactsAnswer facts:
                Facts(text, facts, style);
                break;
            case EventAnswer happened:
                Event(text, happened, style);
                break;
            case ErrorAnswer error:
                text.Append(Painted(error.Message, Red, style)).Append('\n');
                break;
        }
        return text.ToString();
    }

    private static void Table(StringBuilder text, TableAnswer table, TextStyle style)
    {
        if (table.Rows.Count == 0)
        {
            text.Append("no ").Append(table.Name).Append('\n');
        }
        else
        {
            var cells = table.Rows.Select(row => table.Columns.Select((column, j) => CellText.Of(column.Type, row[j])).ToArray()).ToArray();
            var widths = table.Columns.Select((column, j) => cells.Max(row => Math.Max(row[j].Length, column.Name.Length))).ToArray();
            var shown = Fitting(table.Columns, widths, style.Width);
            Line(text, table.Columns, shown, widths, j => table.Columns[j].Name, (_, padded) => Painted(padded, Bold, style));
            foreach (var row in cells)
                Line(text, table.Columns, shown, widths, j => row[j], (j, padded) => Toned(table.Columns[j].Type, row[j], padded, style));
        }
        if (table.Total is { } total && total != table.Rows.Count)
            text.Append(Painted($"{table.Rows.Count} of {total} shown", Dim, style)).Append('\n');
    }

    private static void Line(
        StringBuilder text, IReadOnlyList<Column> columns, List<int> shown, int[] widths, Func<int, string> cell, Func<int, string, string> paint)
    {
        for (var k = 0; k < shown.Count; k++)
        {
            var j = shown[k];
            var isLast = k == shown.Count - 1;
            var padded = IsNumeric(columns[j].Type) ? cell(j).PadLeft(widths[j]) : isLast ? cell(j) : cell(j).PadRight(widths[j]);
            text.Append(k == 0 ? "" : Gap).Append(paint(j, padded));
        }
        text.Append('\n');
    }

    /// <summary>The columns that fit: extra columns are left out first, from the last to the first.</summary>
    private static List<int> Fitting(IReadOnlyList<Column> columns, int[] widths, int width)
    {
        List<int> shown = [.. Enumerable.Range(0, columns.Count)];
        for (var j = columns.Count - 1; j >= 0 && shown.Sum(i => (long)widths[i]) + Gap.Length * (shown.Count - 1) > width; j--)
        {
            if (columns[j].IsExtra)
                shown.Remove(j);
        }
        return shown;
    }

    private static void Facts(StringBuilder text, FactsAnswer answer, TextStyle style)
    {
        var width = answer.Facts.Count == 0 ? 0 : answer.Facts.Max(fact => fact.Name.Length);
        foreach (var fact in answer.Facts)
        {
            var value = CellText.Of(fact.Type, fact.Value);
            text.Append(Painted(fact.Name.PadRight(width), Bold, style))
                .Append(Gap)
                .Append(Toned(fact.Type, value, value, style))
                .Append('\n');
        }
        foreach (var table in answer.Tables)
        {
            text.Append('\n').Append(Painted(table.Name, Bold, style)).Append('\n');
            if (table.Rows.Count == 0)
                text.Append("none\n");
            else
                Table(text, table, style);
        }
    }

    private static void Event(StringBuilder text, EventAnswer happened, TextStyle style)
    {
        text.Append(happened.When.UtcDateTime.ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture))
            .Append(' ').Append(Painted(happened.Kind.PadRight(7), Bold, style));
        foreach (var fact in happened.Facts)
            text.Append(' ').Append(fact.Name).Append('=').Append(CellText.Of(fact.Type, fact.Value));
        text.Append('\n');
    }

    private static bool IsNumeric(CellType type) =>
        type is CellType.Number or CellType.Bytes or CellType.Percent or CellType.Duration;

    private static string Toned(CellType type, string value, string padded, TextStyle style) => type != CellType.State
        ? padded
        : value.Split(' ')[0] switch
        {
            "UP" or "running" or "joined" or "current" => Painted(padded, Green, style),
            "DOWN" or "closing" => Painted(padded, Red, style),
            "DRAIN" or "MAINT" or "draining" or "queued" => Painted(padded, Yellow, style),
            _ => padded,
        };

    private static string Painted(string text, string colour, TextStyle style) => style.Colour ? colour + text + Off : text;
}
