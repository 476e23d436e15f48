namespace HaproxyImport;

/// <summary>The condition of an ACL on a client.</summary>
internal abstract record AclTest
{
    /// <summary>The reason for an unknown result, for the operator.</summary>
    public virtual string Why => "";

    /// <summary>Whether HAProxy waits for the client's first bytes to evaluate it.</summary>
    public virtual bool IsAboutContent => true;

    public Truth Holds(Client client) => client.Kind == ClientKind.Pending && IsAboutContent ? Pending : Test(client);

    /// <summary>The result before the first byte.</summary>
    protected virtual Truth Pending => Truth.Unknown;

    protected abstract Truth Test(Client client);

    protected static Truth Of(bool holds) => holds ? Truth.True : Truth.False;
}

/// <summary>The server name is one of these.</summary>
internal sealed record NameTest(NameTable Names) : AclTest
{
    protected override Truth Test(Client client) => Of(client.Kind == ClientKind.Named && Names.Covers(client.Name));
}

/// <summary>One of the offered protocols matches one of these texts. HAProxy compares each protocol of the list.</summary>
/// <param name="Method">str, beg, end, sub, or found for any protocol.</param>
internal sealed record ProtocolTest(string Method, IReadOnlyList<string> Values) : AclTest
{
    /// <summary>A protocol that no rule mentions.</summary>
    public const string Other = "another protocol";

    protected override Truth Test(Client client) => Of(client.IsTls && client.Protocols.Any(Matches));

    public bool Matches(string protocol) => Method == "found" || (protocol != Other && Values.Any(value => Method switch
    {
        "beg" => protocol.StartsWith(value, StringComparison.Ordinal),
        "end" => protocol.EndsWith(value, StringComparison.Ordinal),
        "sub" => protocol.Contains(value, StringComparison.Ordinal),
        _ => protocol == value,
    }));
}

/// <summary>The client begins with a TLS handshake message. A client sends type 1, the ClientHello, first.</summary>
internal sealed record HelloTypeTest(bool IsHello) : AclTest
{
    protected override Truth Test(Client client) => Of(IsHello && client.IsTls);
}

/// <summary>The number of received bytes when the rule is evaluated.</summary>
internal sealed record LengthTest(IntegerSet Lengths) : AclTest
{
    /// <summary>Bounds of the length for clients that are not silent. HAProxy's buffer has 16 KiB.</summary>
    private const long Least = 8, Most = 16 << 10;

    public override string Why => "Edge tells clients that send nothing from all others, and knows no other length";

    protected override Truth Pending => Lengths.Contains(0, 0) == Truth.True ? Truth.True : Truth.Unknown;

    protected override Truth Test(Client client) =>
        client.Kind == ClientKind.Silent ? Lengths.Contains(0, 0) : Lengths.Contains(Least, Most);
}

/// <summary>The client's address is in one of these networks. Two tests are the same only if they are one object.</summary>
/// <param name="Files">Of networks, one a line.</param>
internal sealed record SourceTest(IReadOnlySet<System.Net.IPNetwork> Networks, IReadOnlyList<string> Files) : AclTest
{
    public override bool IsAboutContent => false;

    protected override Truth Test(Client client) => Of(client.Source.Within.Contains(this));
}

/// <summary>The client's address has exceeded a limit.</summary>
/// <param name="What">What is counted: connections in a period, or open ones.</param>
/// <param name="Most">The highest number within the limit.</param>
/// <param name="Table">Where it is counted; null: in the table of the <c>track</c> rule, or of the proxy itself.</param>
/// <param name="Tracked">Counted by a <c>track</c> rule, not looked up in the table.</param>
internal sealed record CountTest(CountKind What, long Most, string? Table, bool Tracked) : AclTest
{
    public override bool IsAboutContent => false;

    protected override Truth Test(Client client) => Of(client.Over == this);
}

internal enum CountKind
{
    Rate,
    Open,
}

/// <summary>The path of a plain HTTP request begins with one of these.</summary>
internal sealed record PathTest(IReadOnlyList<string> Prefixes) : AclTest
{
    public override string Why => "Edge passes TLS through, and sees no path";

    protected override Truth Test(Client client) => client.Path is { } path
        ? Of(Prefixes.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal)))
        : Truth.Unknown;
}

/// <param name="Waits">True only after the inspect delay, or after the client's FIN.</param>
internal sealed record ConstantTest(bool Value, bool Waits = false) : AclTest
{
    public override bool IsAboutContent => Waits;

    protected override Truth Test(Client client) => Of(Value);
}

/// <summary>A condition without a counterpart in Edge.</summary>
/// <param name="Reason">For the operator.</param>
/// <param name="OfTls">It is false for clients without TLS.</param>
internal sealed record UnknownTest(string Reason, bool OfTls = false) : AclTest
{
    public override string Why => Reason;

    public override bool IsAboutContent => OfTls;

    protected override Truth Test(Client client) => OfTls && !client.IsTls ? Truth.False : Truth.Unknown;
}
