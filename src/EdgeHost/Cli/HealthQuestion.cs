using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeHost.Control;

namespace EdgeHost.Cli;

/// <summary>
/// One question to a running Edge. On blocking sockets: an HTTP client, or only the threads that wait for sockets, would take longer to start than
/// the answer takes.
/// </summary>
/// <param name="timeout">For the whole of it.</param>
internal sealed class HealthQuestion(TimeSpan timeout)
{
    private const string Blank = "\r\n\r\n";

    private readonly long _since = Stopwatch.GetTimestamp();

    /// <summary>Whether the health endpoint says 200.</summary>
    public (bool Well, string Why) Http(IPEndPoint endpoint) => Ask($"http://{endpoint}/health", TcpTo(endpoint), endpoint, socket =>
    {
        socket.Send(Get("/health"));
        // "HTTP/1.1 200 OK": the code is at the same place always (RFC 9112, section 4).
        var line = Read(socket, "\n");
        return line is { Length: >= 12 } && line.StartsWith("HTTP/1.", StringComparison.Ordinal)
            ? (line[9..12] == "200", line[9..12])
            : (false, "no HTTP");
    });

    /// <summary>Whether the node's own actors answer <c>status</c>. A draining node is well.</summary>
    public (bool Well, string Why) Control(string path)
    {
        if (!File.Exists(path))
            return (false, $"{path}: there is no such file, or none that this user may see");
        return Ask(path, ControlSocket.NewSocket(), new UnixDomainSocketEndPoint(path), socket =>
        {
            socket.Send(Get("/api/status"));
            using var answer = JsonDocument.Parse(Read(socket, end: null).Split(Blank, 2)[^1]);
            return answer.RootElement.TryGetProperty("state", out var state)
                ? (true, state.GetString()!)
                : (false, answer.RootElement.TryGetProperty("error", out var error) ? error.GetString()! : "no answer");
        });
    }

    /// <summary>Whether it accepts connections: all that can be asked where operators have no endpoint. It leaves a CLIENT_GONE in the log.</summary>
    public (bool Well, string Why) Listener(IPEndPoint listener) => Ask($"{listener}", TcpTo(listener), listener, static _ => (true, "listens"));

    private int Passed => (int)Stopwatch.GetElapsedTime(_since).TotalMilliseconds;

    private static Socket TcpTo(IPEndPoint end) => new(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

    private (bool Well, string Why) Ask(string whom, Socket socket, EndPoint at, Func<Socket, (bool Well, string Said)> question)
    {
        using (socket)
        {
            try
            {
                // SO_SNDTIMEO is for connect(2), too.
                socket.SendTimeout = Left();
                socket.Connect(at);
                var (well, said) = question(socket);
                return (well, $"{whom}: {said} ({Passed} ms)");
            }
            catch (SocketException e) when (
                e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.InProgress or SocketError.AlreadyInProgress)
            {
                return (false, $"{whom}: no answer in time ({Passed} ms)");
            }
            catch (Exception e) when (e is SocketException or JsonException or IOException)
            {
                // That of the socket's own exception has the address in it once more.
                return (false, $"{whom}: {(e is SocketException failure ? new SocketException((int)failure.SocketErrorCode) : e).Message}");
            }
        }
    }

    /// <exception cref="SocketException">The time is over.</exception>
    private int Left() => (int)timeout.TotalMilliseconds - Passed is var left and > 0 ? left : throw new SocketException((int)SocketError.TimedOut);

    private static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close{Blank}");

    /// <param name="end">The last that is needed; null: as long as something comes.</param>
    private string Read(Socket socket, string? end)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            socket.ReceiveTimeout = Left();
            var got = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            length += got;
            var text = Encoding.UTF8.GetString(buffer, 0, length);
            if (end is null ? got == 0 && length > 0 : text.Contains(end, StringComparison.Ordinal))
                return text;
            if (got == 0)
                throw new IOException("it has ended the connection without an answer");
        }
    }
}
