namespace HaproxyImport;

/// <summary>An ACL or its negation. The lines of one ACL are alternatives.</summary>
internal readonly record struct Term(IReadOnlyList<AclTest> Tests, bool Negated);

/// <summary>The condition after <c>if</c> or <c>unless</c>. It holds if all terms of one suite hold.</summary>
internal sealed record Condition(IReadOnlyList<IReadOnlyList<Term>> Suites, bool Unless)
{
    public static Condition Always { get; } = new([[]], false);

    public static Condition Of(AclTest test) => new([[new Term([test], false)]], false);

    public IEnumerable<AclTest> Tests => Suites.SelectMany(static suite => suite).SelectMany(static term => term.Tests);

    public Truth Holds(Client client)
    {
        var any = Truth.False;
        foreach (var suite in Suites)
        {
            var all = Truth.True;
            foreach (var term in suite)
            {
                var one = Holds(term, client);
                all = one < all ? one : all;
                if (all == Truth.False)
                    break;
            }
            any = all > any ? all : any;
            if (any == Truth.True)
                break;
        }
        return Unless ? Not(any) : any;
    }

    /// <summary>The reason for an unknown result.</summary>
    public string Doubt(Client client) =>
        Tests.FirstOrDefault(test => test.Holds(client) == Truth.Unknown)?.Why ?? "the condition is not known here";

    private static Truth Holds(Term term, Client client)
    {
        var any = Truth.False;
        foreach (var test in term.Tests)
        {
            var one = test.Holds(client);
            any = one > any ? one : any;
            if (any == Truth.True)
                break;
        }
        return term.Negated ? Not(any) : any;
    }

    private static Truth Not(Truth truth) => Truth.True - (int)truth;
}
