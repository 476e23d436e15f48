using System.Text;

namespace EdgeActors.Protocol;

/// <summary>The offered application protocols (RFC 7301) in order of preference. Stored as raw bytes and parsed on demand; common lists are
/// shared, so they cost no allocation per connection.</summary>
public readonly struct AlpnList
{
    private static readonly byte[] Browser = [2, .. "h2"u8, 8, .. "http/1.1"u8];
    private static readonly byte[] Http11 = [8, .. "http/1.1"u8];
    private static readonly byte[] Http2 = [2, .. "h2"u8];
    private static readonly byte[] AcmeTls1 = [10, .. "acme-tls/1"u8];

    private readonly byte[]? _names;

    private AlpnList(byte[] names) => _names = names;

    /// <summary>As <see cref="TryCopy"/> takes them.</summary>
    internal byte[]? Raw => _names;

    public bool IsEmpty => _names is not { Length: > 0 };

    /// <summary>The client's first choice; empty if none is offered.</summary>
    public ReadOnlySpan<byte> First
    {
        get
        {
            var names = GetEnumerator();
            return names.MoveNext() ? names.Current : default;
        }
    }

    public bool Contains(ReadOnlySpan<byte> protocol)
    {
        foreach (var name in this)
        {
            if (name.SequenceEqual(protocol))
                return true;
        }

        return false;
    }

    /// <summary>The names as strings, with '?' for non-ASCII bytes.</summary>
    public string[] ToArray()
    {
        var names = new List<string>();
        foreach (var name in this)
            names.Add(Spell(name));
        return [.. names];
    }

    /// <summary>The names, comma-separated, for log lines.</summary>
    public override string ToString() => string.Join(',', ToArray());

    /// <summary>Enumerates the names without allocating.</summary>
    public Enumerator GetEnumerator() => new(_names);

    /// <summary>Parses a <c>ProtocolName</c> list without its length field. False if a name is empty or truncated.</summary>
    internal static bool TryCopy(ReadOnlySpan<byte> names, out AlpnList list)
    {
        list = default;
        var cursor = new SpanCursor(names);
        while (!cursor.IsEmpty)
        {
            if (!cursor.TryVector8(out var name) || name.IsEmpty)
                return false;
        }

        list = new AlpnList(Shared(names) ?? names.ToArray());
        return true;
    }

    private static byte[]? Shared(ReadOnlySpan<byte> names) =>
        names.SequenceEqual(Browser) ? Browser
        : names.SequenceEqual(Http11) ? Http11
        : names.SequenceEqual(Http2) ? Http2
        : names.SequenceEqual(AcmeTls1) ? AcmeTls1
        : null;

    private static string Spell(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("h2"u8) ? "h2"
        : name.SequenceEqual("http/1.1"u8) ? "http/1.1"
        : name.SequenceEqual("acme-tls/1"u8) ? "acme-tls/1"
        : Encoding.ASCII.GetString(name);

    public ref struct Enumerator(byte[]? names)
    {
        private SpanCursor _rest = new(names);

        public ReadOnlySpan<byte> Current { get; private set; }

        public bool MoveNext()
        {
            var found = _rest.TryVector8(out var name);
            Current = name.Rest;
            return found;
        }
    }
}
