using System.Text;

namespace Edge.Hocon;

/// <summary>Text to raw fields, by recursive descent. After an error it goes on behind the field that has it.</summary>
internal sealed class HoconParser(HoconSource source, HoconLoad load, List<string> path, int depth)
{
    private readonly HoconScanner _scan = new(source, load.Errors);
    private readonly string[] _prefix = [.. path];
    private int _depth = depth;

    public RawObject Parse()
    {
        var root = new RawObject(_scan.OriginOf(0));
        _scan.SkipLines();
        if (_scan.Current != '{')
        {
            ParseFields(root, -1);
            return root;
        }
        var open = _scan.Position++;
        ParseFields(root, open);
        _scan.SkipLines();
        if (!_scan.AtEnd)
            _scan.Report(_scan.Position, $"expected the end of the text after the outermost '}}', found {_scan.Found()}");
        return root;
    }

    /// <param name="open">Offset of the brace that must be closed; -1 for a text without outer braces.</param>
    private void ParseFields(RawObject into, int open)
    {
        while (true)
        {
            _scan.SkipLines();
            if (_scan.AtEnd)
            {
                if (open >= 0)
                    _scan.ReportOpen($"expected '}}' for the '{{' of line {_scan.OriginOf(open).Line}");
                return;
            }
            if (open >= 0 && _scan.Take("}"))
                return;
            var start = _scan.Position;
            if (_scan.Current is '}' or ']')
            {
                _scan.Report(start, $"{_scan.Found()} closes nothing here");
                _scan.Position++;
            }
            else if (!ParseField(into) || !EndOfItem('}'))
            {
                Recover(start);
            }
        }
    }

    private bool ParseField(RawObject into)
    {
        var start = _scan.Position;
        if (_scan.Take("include ") || _scan.Take("include\t"))
            return ParseInclude(into, start);
        if (ParsePath("a key") is not { } keys)
            return false;
        var keyEnd = _scan.Position;
        _scan.SkipLines();
        var appends = _scan.Take("+=");
        if (!appends && !_scan.Take("=") && !_scan.Take(":") && _scan.Current != '{')
        {
            _scan.Position = keyEnd;
            _scan.Report(keyEnd, $"expected '=', ':' or '{{' after the key '{string.Join('.', keys)}'");
            return false;
        }
        _scan.SkipLines();
        // The last one's level is counted by its value, if that has any.
        if (!Descend(start, keys.Count - 1))
            return false;
        path.AddRange(keys);
        var valueStart = _scan.Position;
        var value = ParseValue();
        path.RemoveRange(path.Count - keys.Count, keys.Count);
        _depth -= keys.Count - 1;
        if (value is null)
            return false;

        var origin = _scan.OriginOf(start);
        for (var i = 0; i < keys.Count - 1; i++)
            into = into.GetOrAdd(keys[i], origin).Descend(origin);
        var valueOrigin = _scan.OriginOf(valueStart);
        into.GetOrAdd(keys[^1], origin).Put(appends
            ? new RawConcat([new RawPrevious(valueOrigin), new RawArray([value], valueOrigin)], valueOrigin)
            : value);
        return true;
    }

    private RawValue? ParseValue()
    {
        var start = _scan.Position;
        var parts = new List<RawValue>();
        var blank = "";
        while (true)
        {
            var from = _scan.Position;
            var origin = _scan.OriginOf(from);
            RawValue? part = _scan.Current switch
            {
                '{' => ParseObject(),
                '[' => ParseArray(),
                '$' => ParseSubstitution(),
                '"' => _scan.TakeQuoted() is { } text ? new RawScalar(text, true, origin) : null,
                _ => new RawScalar(_scan.TakeUnquoted(dots: true), false, origin),
            };
            if (part is null)
                return null;
            if (_scan.Position == from)
                break;
            if (blank.Length > 0 && parts.Count > 0)
                parts.Add(new RawScalar(blank, false, origin, Blank: true));
            parts.Add(part);
            blank = _scan.SkipSpaces();
        }
        if (parts.Count == 0)
        {
            _scan.Report(_scan.Position, $"expected a value, found {_scan.Found()}");
            return null;
        }
        return Fold(parts, _scan.OriginOf(start));
    }

    private static RawValue Fold(List<RawValue> parts, HoconOrigin origin)
    {
        if (parts.Count == 1)
            return parts[0];
        RawScalar[] scalars = [.. parts.OfType<RawScalar>()];
        return scalars.Length < parts.Count
            ? new RawConcat(parts, origin)
            : new RawScalar(string.Concat(scalars.Select(static part => part.Text)), scalars.Any(static part => part.Quoted), origin);
    }

    private RawObject? ParseObject()
    {
        var open = _scan.Position++;
        var scope = new RawObject(_scan.OriginOf(open));
        if (!Descend(open))
            return null;
        ParseFields(scope, open);
        _depth--;
        return scope;
    }

    private RawArray? ParseArray()
    {
        var open = _scan.Position++;
        var items = new List<RawValue>();
        if (!Descend(open))
            return null;
        while (true)
        {
            _scan.SkipLines();
            if (_scan.Take("]"))
                break;
            if (_scan.AtEnd || _scan.Current == '}')
            {
                _scan.ReportOpen($"expected ']' for the '[' of line {_scan.OriginOf(open).Line}");
                break;
            }
            var start = _scan.Position;
            if (ParseValue() is { } item)
            {
                items.Add(item);
                if (EndOfItem(']'))
                    continue;
            }
            Recover(start);
        }
        _depth--;
        return new RawArray(items, _scan.OriginOf(open));
    }

    /// <summary>Behind a field or an item: a comma, a new line, or what closes the surroundings (left in place).</summary>
    private bool EndOfItem(char closing)
    {
        _scan.SkipInline();
        if (_scan.Take(",") || _scan.AtEnd || _scan.Current == '\n' || _scan.Current == closing)
            return true;
        _scan.Report(_scan.Position, _scan.Current is '}' or ']'
            ? $"expected '{closing}', ',' or a new line, found {_scan.Found()}"
            : $"expected ',' or a new line after the value, found {_scan.Found()}; text with such characters needs double quotes");
        return false;
    }

    private bool Descend(int offset, int levels = 1)
    {
        _depth += levels;
        if (_depth <= HoconLimits.Depth)
            return true;
        _scan.Report(offset, $"nested deeper than {HoconLimits.Depth} levels");
        _scan.Abandon();
        return false;
    }

    /// <summary>To the end of the line or the next comma, braces that open on the way skipped whole.</summary>
    private void Recover(int start)
    {
        if (_scan.Position == start)
            _scan.Position++;
        for (var open = 0; !_scan.AtEnd; _scan.Position++)
        {
            var c = _scan.Current;
            if (c is '{' or '[')
                open++;
            else if (open == 0 && c is '\n' or '}' or ']')
                return;
            else if (c is '}' or ']')
                open--;
            else if (open == 0 && _scan.Take(","))
                return;
        }
    }

    /// <summary>Names parted by dots; what is quoted is taken as it is. Null after reporting.</summary>
    private List<string>? ParsePath(string expected)
    {
        var elements = new List<string>();
        var element = new StringBuilder();
        var started = false;
        _scan.SkipSpaces();
        while (true)
        {
            var blank = _scan.SkipSpaces();
            var from = _scan.Position;
            var word = _scan.Current == '"' ? _scan.TakeQuoted() : _scan.TakeUnquoted(dots: false);
            if (word is null)
                return null;
            if (_scan.Position > from)
            {
                element.Append(started ? blank : "").Append(word);
                started = true;
                continue;
            }
            if (!started)
            {
                _scan.Report(_scan.Position, elements.Count == 0 && _scan.Current != '.'
                    ? $"expected {expected}, found {_scan.Found()}"
                    : $"expected a name between the dots, found {_scan.Found()}");
                return null;
            }
            elements.Add(element.ToString());
            if (!_scan.Take("."))
                return elements;
            element.Clear();
            started = false;
        }
    }

    private RawSubstitution? ParseSubstitution()
    {
        var start = _scan.Position;
        if (!_scan.Take("${"))
        {
            _scan.Report(start, "expected '{' after '$'; a '$' that is meant as text needs double quotes");
            return null;
        }
        var optional = _scan.Take("?");
        if (ParsePath("the name of a substitution") is not { } name)
            return null;
        if (!_scan.Take("}"))
        {
            _scan.Report(_scan.Position, $"expected '}}' for the '${{', found {_scan.Found()}");
            return null;
        }
        return new RawSubstitution([.. name], optional, _prefix, _scan.OriginOf(start));
    }

    private bool ParseInclude(RawObject into, int start)
    {
        _scan.SkipSpaces();
        var closing = 0;
        for (; _scan.Take("required(") || _scan.Take("file("); closing++)
            _scan.SkipSpaces();
        if (_scan.Current != '"')
        {
            _scan.Report(_scan.Position, "expected a file name in double quotes after 'include' "
                + "(url and classpath are not supported; a key of this name needs quotes)");
            return false;
        }
        if (_scan.TakeQuoted() is not { } name)
            return false;
        for (; closing > 0; closing--)
        {
            _scan.SkipSpaces();
            if (_scan.Take(")"))
                continue;
            _scan.Report(_scan.Position, $"expected ')', found {_scan.Found()}");
            return false;
        }
        if (load.Include(source, _scan.OriginOf(start), name, path, _depth) is { } included)
            into.Merge(included);
        return true;
    }
}
