namespace HaproxyImport;

/// <summary>An ACL as it is written: what is looked at, how it is compared, and with what (configuration manual, section 7.1).</summary>
/// <param name="Fetch">Without its arguments, such as <c>req.ssl_sni</c>.</param>
/// <param name="Arguments">Of the fetch; empty without.</param>
/// <param name="Converters">In their order, as they are written.</param>
/// <param name="Method">Of <c>-m</c>; empty: the usual one of the fetch.</param>
/// <param name="Files">Of <c>-f</c>.</param>
/// <param name="Problem">Something that this reading does not know; null: nothing.</param>
internal sealed record AclExpression(
    string Fetch, string Arguments, IReadOnlyList<string> Converters, string Method, IReadOnlyList<string> Files, IReadOnlyList<string> Values, string? Problem)
{
    public static AclExpression Read(IReadOnlyList<string> words)
    {
        var parts = SplitOutside(words.Count == 0 ? "" : words[0]);
        var open = parts[0].IndexOf('(', StringComparison.Ordinal);
        var (fetch, arguments) = open > 0 && parts[0].EndsWith(')') ? (parts[0][..open], parts[0][(open + 1)..^1]) : (parts[0], "");
        var (method, problem) = ("", (string?)null);
        var files = new List<string>();
        var at = 1;
        for (; at < words.Count && words[at].StartsWith('-'); at++)
        {
            if (words[at] == "--")
            {
                at++;
                break;
            }
            var argument = at + 1 < words.Count ? words[at + 1] : "";
            switch (words[at])
            {
                // Edge compares names without regard to case, and looks no addresses up.
                case "-i" or "-n":
                    continue;
                case "-m":
                    method = argument;
                    break;
                case "-f":
                    files.Add(argument);
                    break;
                case "-u":
                    break;
                default:
                    problem ??= $"the flag {words[at]} is not known here";
                    continue;
            }
            at++;
        }
        return new AclExpression(fetch, arguments, parts[1..], method, files, [.. words.Skip(at)], problem);
    }

    /// <summary>At the commas that stand in no parentheses.</summary>
    private static List<string> SplitOutside(string text)
    {
        var parts = new List<string>();
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(')
                depth++;
            else if (text[i] == ')')
                depth--;
            if (text[i] != ',' || depth > 0)
                continue;
            parts.Add(text[start..i]);
            start = i + 1;
        }
        parts.Add(text[start..]);
        return parts;
    }
}
