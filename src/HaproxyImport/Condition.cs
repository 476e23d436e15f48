namespace HaproxyImport;

/// <summary>A test, or that it fails.</summary>
internal readonly record struct AclLiteral(AclTest Test, bool Negated)
{
    public AclLiteral Not => this with { Negated = !Negated };

    public bool Is<T>(bool negated = false)
        where T : AclTest => Test is T && Negated == negated;
}

/// <summary>What stands behind <c>if</c> or <c>unless</c>: it holds if all literals of one of the alternatives hold. One without literals always does.</summary>
internal sealed record Condition(IReadOnlyList<IReadOnlyList<AclLiteral>> Alternatives)
{
    /// <summary>Nobody writes more; negations multiply them.</summary>
    private const int MaxAlternatives = 256;

    public static Condition Always { get; } = new([[]]);

    public static Condition Never { get; } = new([]);

    public static Condition Of(AclLiteral literal) => literal switch
    {
        { Test: ConstantTest constant } => constant.Value != literal.Negated ? Always : Never,
        _ => new([[literal]]),
    };

    public Condition Or(Condition other) => Bounded(Alternatives.Concat(other.Alternatives));

    public Condition And(Condition other) =>
        Bounded(Alternatives.SelectMany(a => other.Alternatives.Select(b => (IReadOnlyList<AclLiteral>)[.. a, .. b])));

    /// <summary>De Morgan's: of each alternative one literal has to fail.</summary>
    public Condition Not() => Alternatives.Aggregate(
        Always, static (all, alternative) => all.And(alternative.Aggregate(Never, static (any, literal) => any.Or(Of(literal.Not)))));

    private static Condition Bounded(IEnumerable<IReadOnlyList<AclLiteral>> alternatives)
    {
        var taken = alternatives.Take(MaxAlternatives + 1).ToArray();
        return taken.Length <= MaxAlternatives ? new Condition(taken) : Of(new AclLiteral(new UnknownTest("the condition has too many cases"), false));
    }
}
