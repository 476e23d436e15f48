namespace HaproxyImport;

/// <summary>What a condition asks, as far as Edge has an answer for it.</summary>
internal abstract record AclTest;

/// <summary>The server name of the hello is one of these.</summary>
/// <param name="Remark">What HAProxy would take beside these; null: nothing.</param>
internal sealed record SniTest(IReadOnlyList<SniPattern> Patterns, string? Remark = null) : AclTest;

/// <summary>The client offers one of these protocols.</summary>
internal sealed record AlpnTest(IReadOnlyList<string> Protocols) : AclTest;

/// <summary>The client comes from one of these networks.</summary>
/// <param name="Files">Of networks, one a line.</param>
internal sealed record SourceTest(IReadOnlyList<string> Networks, IReadOnlyList<string> Files) : AclTest;

/// <summary>The client begins with a TLS ClientHello.</summary>
internal sealed record TlsTest : AclTest;

/// <summary>The client's address has gone beyond what it may.</summary>
/// <param name="What">What is counted: connections in a period, or open ones.</param>
/// <param name="Most">So many are not beyond it.</param>
/// <param name="Table">Where it is counted; null: in the table of the <c>track</c> rule, or of the proxy itself.</param>
/// <param name="Tracked">By a counter that a <c>track</c> rule has started; else by a look into the table.</param>
internal sealed record CountTest(CountKind What, long Most, string? Table, bool Tracked) : AclTest;

internal enum CountKind
{
    Rate,
    Open,
}

/// <summary>The path of a plain HTTP request begins with this.</summary>
internal sealed record PathTest(string Prefix) : AclTest;

internal sealed record ConstantTest(bool Value) : AclTest;

/// <summary>Edge knows nothing like it.</summary>
/// <param name="Why">For the operator.</param>
internal sealed record UnknownTest(string Why) : AclTest;

/// <summary>Some server names.</summary>
/// <param name="Name">In lower case, without a trailing dot; empty for <see cref="SniMatch.Any"/>.</param>
internal readonly record struct SniPattern(SniMatch Match, string Name)
{
    /// <summary>As the key of a route.</summary>
    public string Route => Match switch
    {
        SniMatch.Exact => Name,
        SniMatch.Below => $"*.{Name}",
        _ => "*",
    };
}

internal enum SniMatch
{
    /// <summary>This one.</summary>
    Exact,

    /// <summary>Every name below it, but not itself.</summary>
    Below,

    /// <summary>Any name at all.</summary>
    Any,
}
