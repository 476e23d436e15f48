namespace HaproxyImport;

/// <summary>One line with something on it.</summary>
/// <param name="file">The path of its file.</param>
/// <param name="number">From 1.</param>
/// <param name="words">At least one.</param>
internal sealed class HaproxyLine(string file, int number, IReadOnlyList<string> words)
{
    private const int MaxShown = 60;

    /// <summary>Those whose second word says what they are.</summary>
    private static readonly HashSet<string> Pairs = new(StringComparer.Ordinal)
    {
        "option", "timeout", "stats", "tcp-request", "tcp-response", "http-request", "http-response", "http-after-response", "tcp-check", "http-check",
        "acl", "server", "server-template", "use_backend", "use-server", "default_backend", "no", "default", "stick", "hold", "user", "rate-limit", "redirect", "declare", "frontend",
        "backend", "listen", "defaults", "userlist", "peers", "resolvers", "mailers", "peer", "nameserver",
    };

    public string File => file;

    public int Number => number;

    public IReadOnlyList<string> Words => words;

    /// <summary>Whether it was carried over, or something was said about it. What is still false in the end nobody has looked at.</summary>
    public bool IsSettled { get; set; }

    public string this[Index index] => index.GetOffset(words.Count) is var at && at >= 0 && at < words.Count ? words[at] : "";

    /// <summary>What it is, for messages: its keyword without arguments, for these may be secrets.</summary>
    public string What
    {
        get
        {
            var count = Math.Min(
                words.Count, Pairs.Contains(words[0]) ? words[0] is "no" or "default" or "tcp-request" or "http-request" ? 3 : 2 : 1);
            return Shown(string.Join(' ', words.Take(count)));
        }
    }

    public bool Is(params ReadOnlySpan<string> start)
    {
        if (words.Count < start.Length)
            return false;
        for (var i = 0; i < start.Length; i++)
        {
            if (words[i] != start[i])
                return false;
        }
        return true;
    }

    public IReadOnlyList<string> From(int index) => [.. words.Skip(index)];

    /// <summary>Text of the file in a message: short, printable, on one line.</summary>
    public static string Shown(string text)
    {
        var plain = string.Create(HaproxyVariable.Shown(text) is var shown && shown.Length > MaxShown ? MaxShown : shown.Length, shown, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++)
                to[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i]) || from[i] is '\u2028' or '\u2029' ? '?' : from[i];
        });
        return shown.Length > MaxShown ? plain + "..." : plain;
    }
}
