namespace HaproxyImport;

/// <summary>Kinds of clients that Edge tells apart once the first bytes are there.</summary>
[Flags]
internal enum Clients
{
    None = 0,

    /// <summary>TLS with a server name that some rule knows.</summary>
    Named = 1,

    /// <summary>TLS with another server name.</summary>
    Unknown = 2,

    /// <summary>TLS without a server name.</summary>
    Nameless = 4,

    NotTls = 8,

    Tls = Named | Unknown | Nameless,

    All = Tls | NotTls,
}

/// <summary>The literals of one alternative, sorted by what they are about. What is null restricts nothing.</summary>
internal sealed record RuleMatch
{
    /// <summary>Those that it can hold for.</summary>
    public Clients Clients { get; private init; } = Clients.All;

    /// <summary>It holds for these names only.</summary>
    public SniTest? Names { get; private init; }

    /// <summary>It holds for all but these names.</summary>
    public SniTest? OtherThan { get; private init; }

    public AlpnTest? Protocols { get; private init; }

    public SourceTest? From { get; private init; }

    public SourceTest? NotFrom { get; private init; }

    public CountTest? Count { get; private init; }

    public PathTest? Path { get; private init; }

    public PathTest? NotPath { get; private init; }

    /// <summary>Why Edge cannot decide it; null: it can, as far as it goes.</summary>
    public string? Problem { get; private init; }

    /// <summary>Whether it asks for more than kinds of clients and their names.</summary>
    public bool IsAboutHello => From is null && NotFrom is null && Count is null && Path is null && NotPath is null && Problem is null;

    /// <summary>Whether it asks for nothing at all.</summary>
    public bool IsAlways => IsAboutHello && Clients == Clients.All && Protocols is null && OtherThan is null;

    public static RuleMatch Of(IReadOnlyList<AclLiteral> literals) => literals.Aggregate(new RuleMatch(), static (match, literal) => match.With(literal));

    private RuleMatch With(AclLiteral literal) => literal switch
    {
        { Test: UnknownTest unknown } => Failing(unknown.Why),
        { Test: SniTest { Patterns: [{ Match: SniMatch.Any }] }, Negated: false } => this with { Clients = Clients & (Clients.Named | Clients.Unknown) },
        { Test: SniTest { Patterns: [{ Match: SniMatch.Any }] } } => this with { Clients = Clients & (Clients.Nameless | Clients.NotTls) },
        { Test: SniTest names, Negated: false } => Names is null && OtherThan is null ? this with { Names = names, Clients = Clients & Clients.Named } : Failing("two lists of names at once are one too many"),
        { Test: SniTest } when Names is not null => Failing("some names but not others are two lists at once, which is one too many"),
        { Test: SniTest names } => this with
        {
            OtherThan = OtherThan is null ? names : new SniTest([.. OtherThan.Patterns, .. names.Patterns]),
            Clients = Clients & ~Clients.Named,
        },
        { Test: TlsTest } => this with { Clients = Clients & (literal.Negated ? Clients.NotTls : Clients.Tls) },
        { Test: AlpnTest protocols, Negated: false } => Protocols is null ? this with { Protocols = protocols, Clients = Clients & Clients.Tls } : Failing("two lists of protocols at once are one too many"),
        { Test: AlpnTest } => Failing("Edge routes clients that offer a protocol, not those that do not: give the others the default route"),
        { Test: SourceTest from } when literal.Negated => NotFrom is null ? this with { NotFrom = from } : this with { NotFrom = new SourceTest([.. NotFrom.Networks, .. from.Networks], [.. NotFrom.Files, .. from.Files]) },
        { Test: SourceTest from } => From is null ? this with { From = from } : Failing("two lists of networks at once are one too many"),
        { Test: CountTest count, Negated: false } => Count is null ? this with { Count = count } : Failing("two limits at once are one too many"),
        { Test: PathTest path } => literal.Negated ? this with { NotPath = path } : this with { Path = path },
        _ => Failing("this cannot be turned round"),
    };

    private RuleMatch Failing(string problem) => this with { Problem = Problem ?? problem };
}

/// <summary>Names and those below names, with a quick answer whether they cover another one.</summary>
internal sealed class NameSet
{
    private readonly HashSet<SniPattern> _patterns = [];

    public NameSet(params IEnumerable<SniPattern> patterns) => Add(patterns);

    public int Count => _patterns.Count;

    public IEnumerable<SniPattern> Patterns => _patterns;

    public void Add(params IEnumerable<SniPattern> patterns) => _patterns.UnionWith(patterns);

    public bool Covers(SniPattern other) => Covering(other) is not null;

    /// <summary>The one that covers it most closely, which may be itself.</summary>
    public SniPattern? Covering(SniPattern other)
    {
        if (_patterns.Contains(other))
            return other;
        for (var dot = other.Name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = other.Name.IndexOf('.', dot + 1))
        {
            if (_patterns.Contains(new SniPattern(SniMatch.Below, other.Name[(dot + 1)..])))
                return new SniPattern(SniMatch.Below, other.Name[(dot + 1)..]);
        }
        return _patterns.Contains(new SniPattern(SniMatch.Any, "")) ? new SniPattern(SniMatch.Any, "") : null;
    }
}
