namespace HaproxyImport;

/// <summary>Kleene's three values. Their order makes "and" the smallest and "or" the largest.</summary>
internal enum Truth
{
    False,
    Unknown,
    True,
}

internal enum ClientKind
{
    /// <summary>The client sends nothing until the inspect delay has ended.</summary>
    Silent,

    /// <summary>The client sends a part of a hello until then.</summary>
    Partial,

    /// <summary>Another protocol than TLS.</summary>
    NotTls,

    /// <summary>TLS without a server name.</summary>
    Nameless,

    /// <summary>TLS with a server name.</summary>
    Named,

    /// <summary>Any client before its first bytes. HAProxy waits at the first rule that depends on them.</summary>
    Pending,

    /// <summary>A request of plain HTTP, in a frontend of that mode.</summary>
    Http,
}

/// <summary>A class of clients that no rule of a frontend distinguishes.</summary>
internal sealed record Client(ClientKind Kind)
{
    /// <summary>For <see cref="ClientKind.Named"/>: one name, the names below one that no other class has, or all others.</summary>
    public SniPattern Name { get; init; }

    /// <summary>The offered protocols (ALPN), without regard to their order.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    public SourceClass Source { get; init; } = SourceClass.Other;

    /// <summary>The limit that its address has exceeded; null: none.</summary>
    public CountTest? Over { get; init; }

    /// <summary>The path of a plain HTTP request.</summary>
    public string? Path { get; init; }

    public bool IsTls => Kind is ClientKind.Nameless or ClientKind.Named;

    public override string ToString()
    {
        var what = Kind switch
        {
            ClientKind.Silent => "clients that send nothing",
            ClientKind.Partial => "clients with an incomplete hello",
            ClientKind.NotTls => "clients without TLS",
            ClientKind.Nameless => "clients without a server name",
            _ => Name.Match == SniMatch.Any ? "clients with another name" : $"clients of \"{Name.Route}\"",
        };
        return Protocols.Count == 0 ? what : $"{what} that offer {string.Join(", ", Protocols)}";
    }
}

/// <summary>The outcome for a client: a backend of Edge, or a mode of refusal.</summary>
internal readonly record struct Outcome(string Name, bool IsBackend)
{
    public static Outcome Close { get; } = new("close", false);

    public static Outcome SilentDrop { get; } = new("silent-drop", false);

    public static Outcome Backend(string name) => new(name, true);

    public ConfValue Written
    {
        get
        {
            if (IsBackend)
                return ConfValue.Word(Name);
            var section = new ConfSection();
            section.Set("refuse", ConfValue.Word(Name));
            return section;
        }
    }

    public override string ToString() => IsBackend ? $"backend '{Name}'" : Name;
}

/// <param name="Line">The rule that decides.</param>
internal readonly record struct Decision(Outcome Outcome, HaproxyLine Line);
