namespace EdgeHost.Redirect;

/// <summary>What the bytes received so far are.</summary>
internal enum HttpHeadStatus
{
    /// <summary>The start of a request's header; more bytes decide.</summary>
    Incomplete,

    /// <summary>A whole one.</summary>
    Complete,

    /// <summary>Not HTTP/1.x, or against its rules, or larger than is read: 400.</summary>
    Malformed,
}

/// <summary>What matters of a request here.</summary>
internal readonly ref struct HttpHead
{
    /// <summary>Bytes of the header with its empty line.</summary>
    public int Length { get; init; }

    public ReadOnlySpan<byte> Method { get; init; }

    /// <summary>Path and query as they were sent; <c>/</c> where the target has none.</summary>
    public ReadOnlySpan<byte> Path { get; init; }

    /// <summary>Whom the request is for, without a port.</summary>
    public ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The version is 1.0, not 1.1.</summary>
    public bool IsHttp10 { get; init; }

    /// <summary>More requests may follow on this connection: by the version, the Connection field, and because no body follows.</summary>
    public bool KeepAlive { get; init; }

    /// <summary>A body follows, which nobody reads.</summary>
    public bool HasBody { get; init; }
}
