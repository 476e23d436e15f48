using EdgeActors.Config;

namespace EdgeActors.Operator.Syntax;

/// <summary>Words to orders: pure, and for whoever has words, wherever they come from.</summary>
public static class OperatorParser
{
    /// <summary>Words of one order at most, so that none costs more than it is worth.</summary>
    public const int MaxWords = 64;

    /// <param name="mistake">What is wrong, a line each; null where nothing is.</param>
    /// <returns>Null where something is wrong.</returns>
    public static OperatorRequest? Parse(IReadOnlyList<string> words, out string? mistake)
    {
        mistake = null;
        if (words.Count is 0 or > MaxWords)
        {
            mistake = words.Count == 0 ? $"what is to be done?{Expected}" : $"more than {MaxWords} words";
            return null;
        }
        if (OperatorVerb.All.FirstOrDefault(verb => verb.Name == words[0]) is not { } verb)
        {
            mistake = $"there is no verb '{VerbWords.Shown(words[0])}'{Nearest.Hint(words[0], Names)}";
            return null;
        }
        var behind = new VerbWords(verb, [.. words.Skip(1)]);
        // What is missing altogether would only be reported again, in other words.
        var request = behind.Mistakes.Count == 0 ? verb.Read(behind) : null;
        if (behind.Mistakes.Count == 0)
            return request;
        mistake = string.Join('\n', behind.Mistakes);
        return null;
    }

    private static string[] Names => [.. OperatorVerb.All.Select(static verb => verb.Name)];

    private static string Expected => $" Expected one of {string.Join(", ", Names)}";
}
