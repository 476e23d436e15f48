using System.Text.RegularExpressions;

namespace HaproxyImport;

/// <summary>What HAProxy compares a server name with, as patterns of Edge's routes: a name, all names below a name, any name.</summary>
internal static partial class SniPatterns
{
    /// <returns>Why there is no such pattern; null: there is.</returns>
    public static string? TryRead(string method, string text, List<SniPattern> into, EdgeSyntax syntax)
    {
        switch (method)
        {
            case "" or "str":
                return Add(into, text, SniMatch.Exact, syntax);
            case "end" when text.StartsWith('.'):
                return Add(into, text[1..], SniMatch.Below, syntax);
            // It takes other names that only end alike, too, which hardly anyone has wanted.
            case "end" or "dom":
                return Add(into, text, SniMatch.Exact, syntax) ?? Add(into, text, SniMatch.Below, syntax);
            case "reg":
                return ReadRegex(text, into, syntax);
            case "beg" or "sub" or "dir" or "len":
                return $"Edge routes by whole names and by \"*.NAME\", not by -m {method}: name the servers' names";
            default:
                return $"-m {HaproxyLine.Shown(method)} of a server name is not known here";
        }
    }

    /// <summary>Those that say no more than a pattern does: an escaped name, alone or with anything in front of it.</summary>
    private static string? ReadRegex(string regex, List<SniPattern> into, EdgeSyntax syntax)
    {
        var read = Readable().Match(regex);
        if (!read.Success)
            return "Edge routes by whole names and by \"*.NAME\", not by regular expressions: name the servers' names";
        var name = read.Groups["name"].Value.Replace("\\", "", StringComparison.Ordinal);
        var front = read.Groups["front"].Value;
        if (front is "^" or "^(.*\\.)?" or "^(.+\\.)?" or "^([^.]+\\.)?" or "(^|\\.)")
        {
            if (Add(into, name, SniMatch.Exact, syntax) is { } wrong)
                return wrong;
        }
        return front == "^" ? null : Add(into, name, SniMatch.Below, syntax);
    }

    private static string? Add(List<SniPattern> into, string text, SniMatch match, EdgeSyntax syntax)
    {
        if (syntax.HostName(text) is not { } name)
            return HaproxyVariable.IsIn(text) ? "a variable cannot stand in a route: write the name" : $"'{HaproxyLine.Shown(text)}' is no host name";
        into.Add(new SniPattern(match, name));
        return null;
    }

    [GeneratedRegex(@"^(?<front>\^|\^\(\.[*+]\\\.\)\?|\^\(\[\^\.\]\+\\\.\)\?|\(\^\|\\\.\)|\^\.[*+]\\\.|\^\[\^\.\]\+\\\.|\\\.)(?<name>[A-Za-z0-9_-]+(\\\.[A-Za-z0-9_-]+)*)\$$")]
    private static partial Regex Readable();
}
