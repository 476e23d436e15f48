using System.Buffers;

namespace EdgeHost.Redirect;

/// <summary>
/// Reads the header of an HTTP/1.x request (RFC 9112), as far as a redirect needs it. Pure: the caller passes everything received so far
/// each time. Strict where a lenient reading could put something of the client's choice into the answer; a lone LF ends a line, as the
/// RFC's section 2.2 allows, because people type requests by hand.
/// </summary>
internal static class HttpHeadReader
{
    /// <summary>Bytes of the longest header read. Browsers send some 600, more with many cookies.</summary>
    public const int MaxLength = 8 * 1024;

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    public static HttpHeadStatus Read(ReadOnlySpan<byte> received, out HttpHead head)
    {
        head = default;
        var rest = received;
        // RFC 9112, section 2.2: empty lines ahead of a request are passed over.
        while (TryEmptyLine(ref rest))
        {
        }
        if (!TryLine(ref rest, out var request))
            return IsStartOfRequest(rest) && received.Length <= MaxLength ? HttpHeadStatus.Incomplete : HttpHeadStatus.Malformed;
        if (!RequestLine.TryRead(request, out var line))
            return HttpHeadStatus.Malformed;

        var fields = new HeadFields { KeepAlive = !line.IsHttp10 };
        while (TryLine(ref rest, out var field))
        {
            if (field.IsEmpty)
                return TryHead(line, fields, received.Length - rest.Length, out head) ? HttpHeadStatus.Complete : HttpHeadStatus.Malformed;
            if (!fields.TryAdd(field))
                return HttpHeadStatus.Malformed;
        }
        return received.Length <= MaxLength ? HttpHeadStatus.Incomplete : HttpHeadStatus.Malformed;
    }

    internal static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    private static bool TryHead(scoped in RequestLine line, scoped in HeadFields fields, int length, out HttpHead head)
    {
        head = default;
        if (length > MaxLength || !HostField.TryWithoutPort(line.Authority.IsEmpty ? fields.Host : line.Authority, out var host))
            return false;
        head = new HttpHead
        {
            Length = length,
            Method = line.Method,
            Path = line.Path,
            Host = host,
            IsHttp10 = line.IsHttp10,
            HasBody = fields.HasBody,
            KeepAlive = fields.KeepAlive && !fields.HasBody,
        };
        return true;
    }

    /// <summary>The bytes of a line that has not ended: TLS and the like are told by the first one, and nobody waits for their line's end.</summary>
    private static bool IsStartOfRequest(ReadOnlySpan<byte> line)
    {
        if (line is [(byte)'\r'])
            return true;
        var space = line.IndexOf((byte)' ');
        return space < 0 ? line.IsEmpty || IsToken(line) : IsToken(line[..space]);
    }

    private static bool TryEmptyLine(scoped ref ReadOnlySpan<byte> rest)
    {
        var length = rest is [(byte)'\n', ..] ? 1 : rest is [(byte)'\r', (byte)'\n', ..] ? 2 : 0;
        rest = rest[length..];
        return length > 0;
    }

    /// <summary>Without what ends it.</summary>
    private static bool TryLine(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var end = rest.IndexOf((byte)'\n');
        line = default;
        if (end < 0)
            return false;
        line = end > 0 && rest[end - 1] == '\r' ? rest[..(end - 1)] : rest[..end];
        rest = rest[(end + 1)..];
        return true;
    }
}
