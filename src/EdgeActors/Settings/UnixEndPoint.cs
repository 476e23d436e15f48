using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeActors.Settings;

/// <summary>A Unix socket as the address of a server: <c>unix:/run/app.sock</c>, or <c>unix:@name</c> without a file (unix(7)).</summary>
public sealed class UnixEndPoint : EndPoint
{
    public const string Prefix = "unix:";

    /// <summary>sun_path has 108 bytes, the last of which is NUL (unix(7)).</summary>
    public const int MaxName = 107;

    private const string Examples = "expected \"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket";

    private readonly string _text;

    private UnixEndPoint(string name)
    {
        _text = Prefix + name;
        Portable = new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name);
        Raw = Portable.Serialize();
    }

    /// <summary>The endpoint for <see cref="Socket"/>.</summary>
    public UnixDomainSocketEndPoint Portable { get; }

    /// <summary>As <see cref="FileAbove(string)"/>, of this socket's path.</summary>
    internal string? FileInPath => FileAbove(_text[Prefix.Length..]);

    /// <summary>struct sockaddr_un.</summary>
    internal SocketAddress Raw { get; }

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    /// <param name="text">Begins with <see cref="Prefix"/>.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out UnixEndPoint? server, out string error)
    {
        var name = text[Prefix.Length..];
        error = name switch
        {
            // It is written into lines of the log.
            _ when name.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c)) =>
                $"the name of a Unix socket contains a blank or a control character; {Examples}",
            ['@', _, ..] => "",
            ['/', .., not '/'] => "",
            ['@' or '/', ..] or "" => $"'{text}' names no Unix socket; {Examples}",
            _ => $"'{text}' is no absolute path; {Examples}",
        };
        if (error.Length == 0 && Encoding.UTF8.GetByteCount(name) is var bytes and > MaxName)
            error = $"the name of this Unix socket has {bytes} bytes; expected at most {MaxName}";
        server = error.Length == 0 ? new UnixEndPoint(name) : null;
        return server is not null;
    }

    /// <summary>A file where a path needs a folder, so that connect(2) and bind(2) fail with ENOTDIR; null: there is none.</summary>
    public static string? FileAbove(string path)
    {
        for (var above = Path.GetDirectoryName(path); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
                return above;
        }
        return null;
    }

    public override bool Equals(object? obj) => obj is UnixEndPoint unix && unix._text == _text;

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The notation of the configuration.</summary>
    public override string ToString() => _text;
}
