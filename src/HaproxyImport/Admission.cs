namespace HaproxyImport;

/// <summary>What the <c>tcp-request</c> rules of a proxy decide, in terms of a listener of Edge.</summary>
internal sealed class Admission
{
    /// <summary>Kinds of clients that are turned away: <c>silent-drop</c> or <c>close</c>.</summary>
    public Dictionary<Clients, string> Refused { get; } = [];

    /// <summary>The only names that get any further; null: all do.</summary>
    public NameSet? Known { get; set; }

    /// <summary>Names that get no further.</summary>
    public NameSet Blocked { get; } = new();

    public TimeSpan? HelloTimeout { get; set; }

    /// <summary>A rule looks at the hello, so that HAProxy waits for it.</summary>
    public bool AwaitsHello { get; set; }

    public AccessLists Access { get; } = new();

    /// <summary>Connections in a period.</summary>
    public (HaproxyLine Line, long Limit, StickTable Table)? Rate { get; set; }

    /// <summary>Connections at once.</summary>
    public (HaproxyLine Line, long Limit)? Open { get; set; }

    /// <summary>The bits that make an address: of IPv4, of IPv6.</summary>
    public (string IPv4, string IPv6)? Key { get; set; }

    /// <summary>Who may send a PROXY header, and has to; null: nobody.</summary>
    public List<string>? ProxiesFrom { get; set; }

    public bool IsRefused(Clients kind) => Refused.ContainsKey(kind);
}

/// <summary>Networks that are let in or not. In HAProxy the first rule decides, in Edge the smallest network.</summary>
internal sealed class AccessLists
{
    /// <summary>By the rules of the set that is read.</summary>
    private readonly List<string> _decided = [];

    public List<string> Allow { get; } = [];

    public List<string> Deny { get; } = [];

    public List<string> AllowFiles { get; } = [];

    public List<string> DenyFiles { get; } = [];

    /// <summary>Whoever is in none of the lists is turned away.</summary>
    public bool DeniesOthers { get; set; }

    public bool IsEmpty => Deny.Count == 0 && DenyFiles.Count == 0 && !DeniesOthers;

    /// <summary>A set of rules begins, which may turn away whom one before it has accepted.</summary>
    public void Begin() => _decided.Clear();

    /// <summary>Those that an earlier rule of the set has decided already are left out.</summary>
    public void Add(SourceTest source, bool denies)
    {
        foreach (var network in source.Networks)
        {
            if (_decided.Exists(earlier => Contains(earlier, network)))
                continue;
            // Of a set before this one: there it was let in, here it is not.
            if (denies)
                Allow.RemoveAll(earlier => !_decided.Contains(earlier) && Contains(network, earlier));
            _decided.Add(network);
            if (denies || !Deny.Exists(earlier => Contains(earlier, network)))
                (denies ? Deny : Allow).Add(network);
        }
        var files = denies ? DenyFiles : AllowFiles;
        files.AddRange(source.Files.Except(files, StringComparer.Ordinal));
    }

    public void WriteTo(ConfSection listener, string? comment)
    {
        if (IsEmpty)
            return;
        // Beside a deny list, an allow list alone keeps nobody out.
        if (DeniesOthers && (Deny.Count > 0 || DenyFiles.Count > 0))
            Deny.AddRange(["0.0.0.0/0", "::/0"]);
        Set("allow", Allow);
        Set("deny", Deny);
        Set("allow-file", AllowFiles);
        Set("deny-file", DenyFiles);

        void Set(string key, List<string> items)
        {
            if (items.Count > 0)
                listener.Set(key, ConfValue.List(items), comment);
            comment = items.Count > 0 ? null : comment;
        }
    }

    private static bool Contains(string wide, string narrow) =>
        TryNetwork(wide, out var a) && TryNetwork(narrow, out var b) && a.PrefixLength <= b.PrefixLength && a.Contains(b.BaseAddress);

    private static bool TryNetwork(string text, out System.Net.IPNetwork network) =>
        System.Net.IPNetwork.TryParse(text.Contains('/', StringComparison.Ordinal) ? text : text.Contains(':', StringComparison.Ordinal) ? $"{text}/128" : $"{text}/32", out network);
}
