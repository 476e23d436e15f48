using System.Text.RegularExpressions;
using EdgeActors.Peek;

namespace EdgeHost.Import;

/// <summary>What HAProxy compares a server name with, as patterns of Edge's routes: a name, all names below a name, any name.</summary>
internal static partial class SniPatterns
{
    /// <returns>Why there is no such pattern; null: there is.</returns>
    public static string? TryRead(string method, string text, List<SniPattern> into)
    {
        switch (method)
        {
            case "" or "str":
                return Add(into, text, SniMatch.Exact);
            case "end" when text.StartsWith('.'):
                return Add(into, text[1..], SniMatch.Below);
            // It takes other names that only end alike, too, which hardly anyone has wanted.
            case "end" or "dom":
                return Add(into, text, SniMatch.Exact) ?? Add(into, text, SniMatch.Below);
            case "reg":
                return ReadRegex(text, into);
            case "beg" or "sub" or "dir" or "len":
                return $"Edge routes by whole names and by \"*.NAME\", not by -m {method}: name the servers' names";
            default:
                return $"-m {HaproxyLine.Shown(method)} of a server name is not known here";
        }
    }

    /// <summary>Those that say no more than a pattern does: an escaped name, alone or with anything in front of it.</summary>
    private static string? ReadRegex(string regex, List<SniPattern> into)
    {
        var read = Readable().Match(regex);
        if (!read.Success)
            return "Edge routes by whole names and by \"*.NAME\", not by regular expressions: name the servers' names";
        var name = read.Groups["name"].Value.Replace("\\", "", StringComparison.Ordinal);
        var front = read.Groups["front"].Value;
        if (front is "^" or "^(.*\\.)?" or "^(.+\\.)?" or "^([^.]+\\.)?" or "(^|\\.)")
        {
            if (Add(into, name, SniMatch.Exact) is { } wrong)
                return wrong;
        }
        return front == "^" ? null : Add(into, name, SniMatch.Below);
    }

    private static string? Add(List<SniPattern> into, string text, SniMatch match)
    {
        if (!ServerName.TryNormalize(text, out var name))
            return HaproxyVariable.IsIn(text) ? "a variable cannot stand in a route: write the name" : $"'{HaproxyLine.Shown(text)}' is no host name";
        into.Add(new SniPattern(match, name));
        return null;
    }

    [GeneratedRegex(@"^(?<front>\^|\^\(\.[*+]\\\.\)\?|\^\(\[\^\.\]\+\\\.\)\?|\(\^\|\\\.\)|\^\.[*+]\\\.|\^\[\^\.\]\+\\\.|\\\.)(?<name>[A-Za-z0-9_-]+(\\\.[A-Za-z0-9_-]+)*)\$$")]
    private static partial Regex Readable();
}
