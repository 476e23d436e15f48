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
