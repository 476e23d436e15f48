using System.Globalization;
using System.Text;

namespace Edge.Hocon;

/// <summary>Characters to tokens. A method advances, reports and returns null, or stops at a character for its caller to check.</summary>
internal sealed class HoconScanner(HoconSource source, List<HoconError> errors)
{
    private const string NotInUnquoted = "$\"{}[]:=,+#`^?!@*&\\";

    private readonly string _text = source.Text;
    private bool _endReported;

    public int Position { get; set; }

    public bool AtEnd => Position >= _text.Length;

    /// <summary>NUL at the end, which no rule accepts.</summary>
    public char Current => AtEnd ? '\0' : _text[Position];

    public bool IsAt(string word) => string.CompareOrdinal(_text, Position, word, 0, word.Length) == 0;

    public bool Take(string word)
    {
        var found = IsAt(word);
        Position += found ? word.Length : 0;
        return found;
    }

    public HoconOrigin OriginOf(int offset) => source.OriginOf(offset);

    public void Report(int offset, string message)
    {
        if (errors.Count < HoconLimits.Errors)
        {
            var origin = source.OriginOf(offset);
            errors.Add(new HoconError(origin.File, origin.Line, origin.Column, message));
        }
        if (errors.Count >= HoconLimits.Errors)
            Position = _text.Length;
    }

    /// <summary>What has not been closed here. Everything that was still open is open at the end, too; once is enough.</summary>
    public void ReportOpen(string message)
    {
        if (!AtEnd || !_endReported)
            Report(Position, message);
        _endReported |= AtEnd;
    }

    /// <summary>Leaves the rest of the text unread, for an error that would be reported level by level otherwise.</summary>
    public void Abandon()
    {
        Position = _text.Length;
        _endReported = true;
    }

    public string Found() => AtEnd ? "the end of the text" : Current is '\n' or '\r' ? "the end of the line" : $"'{Current}'";

    /// <summary>Spaces, comments and line ends.</summary>
    public void SkipLines()
    {
        for (SkipInline(); Current is '\n'; SkipInline())
            Position++;
    }

    /// <summary>Spaces and a comment, up to the end of the line.</summary>
    public void SkipInline()
    {
        SkipSpaces();
        if (IsAtComment())
        {
            while (!AtEnd && Current != '\n')
                Position++;
        }
    }

    public string SkipSpaces()
    {
        var start = Position;
        while (!AtEnd && Current != '\n' && (char.IsWhiteSpace(Current) || Current == '\uFEFF'))
            Position++;
        return _text[start..Position];
    }

    public bool IsAtComment() => Current == '#' || IsAt("//");

    /// <summary>A run of characters that need no quotes; empty at any other. Whether a dot belongs to it is the caller's choice.</summary>
    public string TakeUnquoted(bool dots)
    {
        var start = Position;
        while (!AtEnd && !char.IsWhiteSpace(Current) && Current != '\uFEFF' && !IsAtComment()
            && !NotInUnquoted.Contains(Current, StringComparison.Ordinal) && (dots || Current != '.'))
            Position++;
        return _text[start..Position];
    }

    public string? TakeQuoted() => IsAt("\"\"\"") ? TakeTripleQuoted() : TakeSingleQuoted();

    private string? TakeTripleQuoted()
    {
        var start = Position;
        var end = _text.IndexOf("\"\"\"", start + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            Position = _text.Length;
            ReportOpen($"the \"\"\" of line {OriginOf(start).Line} is never closed");
            return null;
        }
        // Quotes beyond the closing three belong to the string.
        Position = end + 3;
        while (Current == '"')
            Position++;
        return _text[(start + 3)..(Position - 3)];
    }

    private string? TakeSingleQuoted()
    {
        var start = Position++;
        var value = new StringBuilder();
        while (!AtEnd && Current is not ('\n' or '\r'))
        {
            var c = Current;
            Position++;
            if (c == '"')
                return value.ToString();
            if (c != '\\')
                value.Append(c);
            else if (!TakeEscape(value))
                return null;
        }
        Report(start, "this string is not closed on its line; expected '\"' (or \"\"\" around text of several lines)");
        return null;
    }

    private bool TakeEscape(StringBuilder value)
    {
        var start = Position - 1;
        var c = Current;
        Position++;
        if (c == 'u')
        {
            if (Position + 4 <= _text.Length
                && ushort.TryParse(_text.AsSpan(Position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                Position += 4;
                value.Append((char)unit);
                return true;
            }
            Report(start, "expected four hexadecimal digits after '\\u'");
            return false;
        }
        var plain = c switch { '"' or '\\' or '/' => c, 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', _ => '\0' };
        if (plain == '\0')
        {
            Position--;
            Report(start, "unknown escape; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
            return false;
        }
        value.Append(plain);
        return true;
    }
}

/// <summary>One text and the way from an offset in it to a line and column.</summary>
/// <param name="Directory">Full path that includes are relative to; null when the text is no file.</param>
internal sealed record HoconSource(string Name, string Text, string? Directory)
{
    private readonly List<int> _lineStarts = [0, .. Text.Index().Where(static at => at.Item == '\n').Select(static at => at.Index + 1)];

    public HoconOrigin OriginOf(int offset)
    {
        var index = _lineStarts.BinarySearch(offset);
        var line = index >= 0 ? index : ~index - 1;
        return new HoconOrigin(Name, line + 1, offset - _lineStarts[line] + 1);
    }
}
