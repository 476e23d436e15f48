using System.Text;

namespace Edge.Hocon;

/// <summary>What refers to something by a name: keys, substitutions and includes.</summary>
internal sealed partial class HoconParser
{
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
            if (_scan.Current != '.')
                return elements;
            _scan.Position++;
            element.Clear();
            started = false;
        }
    }

    private RawSubstitution? ParseSubstitution()
    {
        var start = _scan.Position;
        if (!_scan.IsAt("${"))
        {
            _scan.Report(start, "expected '{' after '$'; a '$' that is meant as text needs double quotes");
            return null;
        }
        _scan.Position += 2;
        var optional = _scan.Current == '?';
        if (optional)
            _scan.Position++;
        if (ParsePath("the name of a substitution") is not { } name)
            return null;
        if (_scan.Current != '}')
        {
            _scan.Report(_scan.Position, $"expected '}}' for the '${{', found {_scan.Found()}");
            return null;
        }
        _scan.Position++;
        return new RawSubstitution([.. name], optional, _prefix, _scan.OriginOf(start));
    }

    private bool IsAtInclude()
    {
        const string Word = "include";
        if (!_scan.IsAt(Word))
            return false;
        var after = _scan.Position + Word.Length;
        return after < source.Text.Length && source.Text[after] is ' ' or '\t';
    }

    private bool ParseInclude(RawObject into)
    {
        var start = _scan.Position;
        _scan.Position += "include".Length;
        _scan.SkipSpaces();
        var closing = 0;
        while (_scan.IsAt("required(") || _scan.IsAt("file("))
        {
            _scan.Position += _scan.Current == 'r' ? "required(".Length : "file(".Length;
            _scan.SkipSpaces();
            closing++;
        }
        if (_scan.Current != '"')
        {
            _scan.Report(_scan.Position, "expected a file name in double quotes after 'include' (url and classpath are not supported; a key of this name needs quotes)");
            return false;
        }
        if (_scan.TakeQuoted() is not { } name)
            return false;
        for (; closing > 0; closing--)
        {
            _scan.SkipSpaces();
            if (_scan.Current != ')')
            {
                _scan.Report(_scan.Position, $"expected ')', found {_scan.Found()}");
                return false;
            }
            _scan.Position++;
        }
        if (load.Include(source, _scan.OriginOf(start), name, path, _depth) is { } included)
            into.Merge(included);
        return true;
    }
}
