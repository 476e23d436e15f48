using System.Text.RegularExpressions;

namespace HaproxyImport;

/// <summary>What HAProxy compares a server name with, as patterns of Edge's routes: a name, all names below a name, any name.</summary>
internal static partial class SniPatterns
{
    private const string NoRegex =
        "Edge routes by whole names and by \"*.NAME\", and reads regular expressions only if they list names: name the servers' names";

    /// <summary>Maximum groups of a regular expression, and maximum names that it may list.</summary>
    private const int MaxGroups = 16, MaxNames = 1000;

    /// <summary>Whether a match method has patterns.</summary>
    public static bool IsKnown(string method) => method is "" or "str" or "end" or "dom" or "reg";

    /// <returns>Why there is no such pattern; null: there is.</returns>
    /// <param name="remark">Names that HAProxy matches beside the patterns; null: none.</param>
    public static string? TryRead(string method, string text, List<SniPattern> into, EdgeSyntax syntax, out string? remark)
    {
        remark = null;
        if (HaproxyVariable.IsIn(text))
            return "a variable cannot stand in a route: write the name";
        switch (method)
        {
            case "" or "str":
                return Add(into, text, SniMatch.Exact, syntax);
            case "end" when text.StartsWith('.'):
                return Add(into, text[1..], SniMatch.Below, syntax);
            case "end" or "dom":
                remark = $"-m {method} takes other names that only look alike, too; the name and those below it were taken";
                return Add(into, text, SniMatch.Exact, syntax) ?? Add(into, text, SniMatch.Below, syntax);
            default:
                return ReadRegex(text, into, syntax, out remark);
        }
    }

    /// <summary>An expression that lists names: alternatives, optional groups, and one wildcard in front.</summary>
    private static string? ReadRegex(string regex, List<SniPattern> into, EdgeSyntax syntax, out string? remark)
    {
        remark = null;
        if (regex.Count(static c => c == '(') > MaxGroups)
            return NoRegex;
        var names = Expand($"({regex})").Take(MaxNames + 1).Select(static name => Readable().Match(name)).ToList();
        if (names.Count > MaxNames || !names.TrueForAll(static name => name.Success))
            return NoRegex;
        foreach (var name in names)
        {
            var (front, host) = (name.Groups["front"].Value, name.Groups["name"].Value);
            var isLoose = !front.EndsWith('.') && front != "^";
            if (isLoose)
                remark ??= "the expression takes other names that end alike, too; the name and those below it were taken";
            else if (front.EndsWith("]+\\.", StringComparison.Ordinal))
                remark ??= "the expression takes one label below the name; all names below it were taken";
            else if (host.Replace("\\.", "", StringComparison.Ordinal).Contains('.', StringComparison.Ordinal))
                remark ??= "a dot without a backslash takes any character; it was read as a dot";
            host = host.Replace("\\", "", StringComparison.Ordinal);
            if ((front == "^" || isLoose) && Add(into, host, SniMatch.Exact, syntax) is { } wrong)
                return wrong;
            if (front != "^" && Add(into, host, SniMatch.Below, syntax) is { } problem)
                return problem;
        }
        return null;
    }

    /// <summary>The expression with each alternative of its innermost group, then of the others.</summary>
    private static IEnumerable<string> Expand(string regex)
    {
        if (Group().Match(regex) is not { Success: true } group)
            return [regex];
        var alternatives = group.Groups["inside"].Value.Split('|').Concat(group.Groups["optional"].Success ? [""] : Array.Empty<string>());
        return alternatives.SelectMany(one => Expand($"{regex[..group.Index]}{one}{regex[(group.Index + group.Length)..]}"));
    }

    private static string? Add(List<SniPattern> into, string text, SniMatch match, EdgeSyntax syntax)
    {
        if (syntax.HostName(text) is not { } name)
            return $"'{HaproxyLine.Shown(text)}' is no host name, so no client has it: it was left out";
        into.Add(new SniPattern(match, name));
        return null;
    }

    [GeneratedRegex(@"\((?:\?:)?(?<inside>[^()]*)\)(?<optional>\?)?")]
    private static partial Regex Group();

    [GeneratedRegex(
        @"^(?<front>\^|(?:\^?(?:\.[*+]|\[[^\].]+\]\+|\[\^\\?\.\]\+))?(?:\\\.)?)(?<name>[A-Za-z0-9_-]+(?:\\?\.[A-Za-z0-9_-]+)*)\$$")]
    private static partial Regex Readable();
}
