namespace EdgeActors.Operator.Syntax;

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

    /// <summary>Every verb there is, in the order in which help tells of them.</summary>
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
