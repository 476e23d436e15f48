using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeHost.Control;

namespace EdgeHost.Verbs;

/// <summary>
/// One question to a running Edge. On bare sockets that block: a client for HTTP, or only the threads that wait for sockets, would take longer to
/// come up than the answer does.
/// </summary>
/// <param name="timeout">For the whole of it.</param>
internal sealed class HealthQuestion(TimeSpan timeout)
{
    private const string Request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private readonly long _since = Stopwatch.GetTimestamp();

    /// <summary>Whether the door for health says 200.</summary>
    public (bool Well, string Why) Http(IPEndPoint door) => Ask($"http://{door}/health", TcpTo(door), door, socket =>
    {
        socket.Send(Encoding.ASCII.GetBytes(Request));
        // "HTTP/1.1 200 OK": the code is at the same place always (RFC 9112, section 4).
        var line = ReadLine(socket);
        return line is { Length: >= 12 } && line.StartsWith("HTTP/1.", StringComparison.Ordinal)
            ? (line[9..12] == "200", line[9..12])
            : (false, "no HTTP");
    });

    /// <summary>Whether the node's own actors answer <c>status</c>. One that drains is well: it does what it was told to.</summary>
    public (bool Well, string Why) Control(string path)
    {
        if (!File.Exists(path))
            return (false, $"{path}: there is no such file, or none that this user may see");
        return Ask(path, ControlSocket.NewSocket(), new UnixDomainSocketEndPoint(path), socket =>
        {
            socket.Send(new ControlRequest(["status"], ControlFormat.Json).ToLine());
            using var reply = JsonDocument.Parse(ReadLine(socket));
            return reply.RootElement.TryGetProperty("answer", out var answer) && answer.TryGetProperty("state", out var state)
                ? (true, state.GetString()!)
                : (false, reply.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("message").GetString()! : "no answer");
        });
    }

    /// <summary>Whether somebody listens. All that can be asked where there is no door for operators; it leaves a CLIENT_GONE in the log.</summary>
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

    private string ReadLine(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            socket.ReceiveTimeout = Left();
            var got = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (got == 0)
                throw new IOException("it has ended the connection without an answer");
            if (Array.IndexOf(buffer, (byte)'\n', length, got) is var end and >= 0)
                return Encoding.UTF8.GetString(buffer, 0, end);
            length += got;
        }
    }
}
