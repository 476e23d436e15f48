using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeHost.Control;

namespace EdgeHost.Verbs;

/// <summary>One question to a running Edge. On bare sockets, as a client for HTTP would take longer to come up than the answer takes.</summary>
internal static class HealthQuestion
{
    private const string Request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    /// <summary>Whether the door for health says 200.</summary>
    public static Task<(bool Well, string Why)> Http(IPEndPoint door, CancellationToken cancel) =>
        Ask($"http://{door}/health", new Socket(door.AddressFamily, SocketType.Stream, ProtocolType.Tcp), door, async socket =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(Request), cancel);
            // "HTTP/1.1 200 OK": the code is at the same place always (RFC 9112, section 4).
            var line = await ReadLine(socket, cancel);
            return line is { Length: >= 12 } && line.StartsWith("HTTP/1.", StringComparison.Ordinal)
                ? (line[9..12] == "200", line[9..12])
                : (false, "no HTTP");
        }, cancel);

    /// <summary>Whether the node's own actors answer <c>status</c>. One that drains is well: it does what it was told to.</summary>
    public static Task<(bool Well, string Why)> Control(string path, CancellationToken cancel)
    {
        if (!File.Exists(path))
            return Task.FromResult((false, $"{path}: there is no such file, or none that this user may see"));
        return Ask(path, ControlSocket.NewSocket(), new UnixDomainSocketEndPoint(path), async socket =>
        {
            await socket.SendAsync(new ControlRequest(["status"], ControlFormat.Json).ToLine(), cancel);
            using var reply = JsonDocument.Parse(await ReadLine(socket, cancel));
            return reply.RootElement.TryGetProperty("answer", out var answer) && answer.TryGetProperty("state", out var state)
                ? (true, state.GetString()!)
                : (false, reply.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("message").GetString()! : "no answer");
        }, cancel);
    }

    /// <summary>Whether somebody listens. All that can be asked where there is no door for operators; it leaves a CLIENT_GONE in the log.</summary>
    public static Task<(bool Well, string Why)> Listener(IPEndPoint listener, CancellationToken cancel) =>
        Ask($"{listener}", new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp), listener, static _ => Task.FromResult((true, "listens")), cancel);

    private static async Task<(bool Well, string Why)> Ask(
        string whom, Socket socket, EndPoint at, Func<Socket, Task<(bool Well, string Said)>> question, CancellationToken cancel)
    {
        var since = Stopwatch.GetTimestamp();
        using (socket)
        {
            try
            {
                await socket.ConnectAsync(at, cancel);
                var (well, said) = await question(socket);
                return (well, $"{whom}: {said} ({Stopwatch.GetElapsedTime(since).TotalMilliseconds:F0} ms)");
            }
            catch (OperationCanceledException)
            {
                return (false, $"{whom}: no answer in time ({Stopwatch.GetElapsedTime(since).TotalMilliseconds:F0} ms)");
            }
            catch (Exception e) when (e is SocketException or JsonException or IOException)
            {
                return (false, $"{whom}: {e.Message}");
            }
        }
    }

    private static async Task<string> ReadLine(Socket socket, CancellationToken cancel)
    {
        using var reader = new StreamReader(new NetworkStream(socket));
        return await reader.ReadLineAsync(cancel) ?? throw new IOException("it has ended the connection without an answer");
    }
}
