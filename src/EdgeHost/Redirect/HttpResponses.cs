using System.Buffers;

namespace EdgeHost.Redirect;

/// <summary>Answers, byte for byte those of HAProxy, so that whoever watches them sees no change.</summary>
internal static class HttpResponses
{
    /// <summary>Also for a request larger than is read.</summary>
    public static ReadOnlySpan<byte> BadRequest =>
        ("HTTP/1.1 400 Bad request\r\nContent-length: 90\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n"u8
        + "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"u8);

    public static ReadOnlySpan<byte> RequestTimeout =>
        ("HTTP/1.1 408 Request Time-out\r\nContent-length: 110\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n"u8
        + "<html><body><h1>408 Request Time-out</h1>\nYour browser didn't send a complete request in time.\n</body></html>\n"u8);

    /// <summary>The one that is to answer a challenge does not.</summary>
    public static ReadOnlySpan<byte> Unavailable =>
        ("HTTP/1.1 503 Service Unavailable\r\nContent-length: 107\r\nCache-Control: no-cache\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n"u8
        + "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"u8);

    public static void WriteRedirect(IBufferWriter<byte> output, in HttpHead head, bool close)
    {
        output.Write("HTTP/1.1 301 Moved Permanently\r\ncontent-length: 0\r\nlocation: https://"u8);
        output.Write(head.Host);
        output.Write(head.Path);
        if (close)
            output.Write("\r\nconnection: close"u8);
        else if (head.IsHttp10)
            output.Write("\r\nconnection: keep-alive"u8);
        output.Write("\r\n\r\n"u8);
    }
}
