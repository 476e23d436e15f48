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

/// <summary>
/// One verb, declared once for all who offer it: the parser, the command line with its completion and help, the palette of pbm.
/// </summary>
/// <param name="Name">The first of the words.</param>
/// <param name="Description">A sentence or two.</param>
/// <param name="Read">Makes an order of the words behind the name; what is wrong with them is reported to them.</param>
public sealed record OperatorVerb(string Name, string Description, Func<VerbWords, OperatorRequest> Read)
{
    /// <summary>Words that stand by their place; those that may be left out come last.</summary>
    public IReadOnlyList<VerbArgument> Arguments { get; init; } = [];

    public IReadOnlyList<VerbOption> Options { get; init; } = [];

    /// <summary>Each begins with the name.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    public static IReadOnlyList<OperatorVerb> All => OperatorVerbs.All;
}

/// <param name="Name">In capitals.</param>
/// <param name="Choices">The words that it may be; none: anything.</param>
public sealed record VerbArgument(string Name, string Description, params IReadOnlyList<string> Choices)
{
    public bool IsOptional { get; init; }
}

/// <param name="Name">With its two dashes.</param>
/// <param name="Value">What stands behind it, in capitals; null: nothing does.</param>
/// <param name="Choices">The words that the value may be; none: anything.</param>
public sealed record VerbOption(string Name, string? Value, string Description, params IReadOnlyList<string> Choices);
