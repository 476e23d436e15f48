namespace EdgeHost.Redirect;

/// <summary>Method, target and version (RFC 9112, section 3).</summary>
internal readonly ref struct RequestLine
{
    public ReadOnlySpan<byte> Method { get; private init; }

    /// <summary>Of a target in absolute form, which then counts more than the Host field (section 3.2.2); empty otherwise.</summary>
    public ReadOnlySpan<byte> Authority { get; private init; }

    public ReadOnlySpan<byte> Path { get; private init; }

    public bool IsHttp10 { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> line, out RequestLine read)
    {
        read = default;
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first)
            return false;
        var method = line[..first];
        var target = line[(first + 1)..last];
        var version = line[(last + 1)..];
        var isHttp10 = version.SequenceEqual("HTTP/1.0"u8);
        if (!HttpHeadReader.IsToken(method) || (!isHttp10 && !version.SequenceEqual("HTTP/1.1"u8)))
            return false;
        // Visible ASCII: what else there may be in an address is percent-encoded, and nothing else may get into the Location field.
        if (target.IsEmpty || target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) || !TryTarget(target, out var authority, out var path))
            return false;
        read = new RequestLine { Method = method, Authority = authority, Path = path, IsHttp10 = isHttp10 };
        return true;
    }

    private static bool TryTarget(ReadOnlySpan<byte> target, out ReadOnlySpan<byte> authority, out ReadOnlySpan<byte> path)
    {
        authority = default;
        path = target;
        if (target[0] == '/')
            return true;
        if (target.SequenceEqual("*"u8))
        {
            path = "/"u8;
            return true;
        }
        var scheme = target.IndexOf("://"u8);
        if (scheme != 4 || (target[0] | 0x20, target[1] | 0x20, target[2] | 0x20, target[3] | 0x20) != ('h', 't', 't', 'p'))
            return false;
        authority = target[(scheme + 3)..];
        var end = authority.IndexOfAny((byte)'/', (byte)'?');
        path = end < 0 || authority[end] == '?' ? "/"u8 : authority[end..];
        // A query right behind the host is rare, and would need a slash made for it.
        if (end >= 0 && authority[end] == '?')
            return false;
        authority = end < 0 ? authority : authority[..end];
        return !authority.IsEmpty;
    }
}
