using System.Text;

namespace EdgeHost.Redirect;

/// <summary>The fields of a header that say whom it is for, and what comes behind it.</summary>
internal ref struct HeadFields
{
    private bool _hasHost;

    public ReadOnlySpan<byte> Host { get; private set; }

    public bool HasBody { get; private set; }

    public bool KeepAlive { get; set; }

    /// <summary>False: a line that is no field (RFC 9112, section 5), or one that contradicts another.</summary>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        // A line that begins with a space would continue the one before it, which the RFC has given up (section 5.2).
        var colon = line.IndexOf((byte)':');
        if (colon < 0 || !HttpHeadReader.IsToken(line[..colon]))
            return false;
        var value = line[(colon + 1)..].Trim(" \t"u8);
        foreach (var b in value)
        {
            if (b is < 0x20 and not (byte)'\t' or 0x7f)
                return false;
        }

        var name = line[..colon];
        if (Ascii.EqualsIgnoreCase(name, "host"u8))
        {
            if (_hasHost)
                return false;
            _hasHost = true;
            Host = value;
        }
        else if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
        {
            if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                return false;
            HasBody |= value.ContainsAnyExcept((byte)'0');
        }
        else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
        {
            HasBody = true;
        }
        else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
        {
            ReadConnection(value);
        }
        return true;
    }

    private void ReadConnection(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            var option = value[range].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(option, "close"u8))
                KeepAlive = false;
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
                KeepAlive = true;
        }
    }
}
