using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Edge.Hocon;
using EdgeActors.Config;
using EdgeHost.Control;

namespace EdgeHost.Cli;

/// <summary><c>edge healthcheck</c>: does the Edge of this configuration answer? For containers, whose images have no shell to ask
/// with.</summary>
internal static class HealthcheckVerb
{
    public const string Name = "healthcheck";

    /// <summary>This verb alone: to make all verbs takes as long as the question.</summary>
    public static RootCommand Alone()
    {
        var root = new RootCommand { Command() };
        Examples.ShowIn(root);
        return root;
    }

    public static Command Command()
    {
        var file = new Option<string>("--config", "-c")
        {
            Description = "The configuration file of the running Edge. Asks admin.health-bind, else control.socket, else a listener.",
            HelpName = "FILE",
        };
        var socket = new Option<string>("--socket")
        {
            Description = $"Ask at this control socket. Default without a file: ${ControlClient.Variable}, else {ControlClient.UsualSocket}.",
            HelpName = "PATH",
        };
        var timeout = new Option<TimeSpan>("--timeout")
        {
            Description = "The total time allowed, such as 500ms.",
            HelpName = "TIME",
            DefaultValueFactory = static _ => TimeSpan.FromSeconds(2),
            CustomParser = static result =>
            {
                if (HoconDuration.Read(result.Tokens[0].Value, out var value) == HoconUnitStatus.Ok
                    && value > TimeSpan.Zero && value < TimeSpan.FromDays(1))
                    return value;
                result.AddError($"'{result.Tokens[0].Value}' is no time; expected such as 2s or 500ms");
                return default;
            },
        };
        var command = new Command(Name, "Check a running Edge and print one line. Exit code 0: healthy, 1: not.")
        {
            file, socket, timeout,
        };
        command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(socket), new HealthQuestion(parsed.GetValue(timeout))));
        return command
            .WithExample("edge healthcheck -c /etc/edge/edge.conf", "the Edge that runs with this file")
            .WithExample("edge healthcheck --socket /run/edge/ctl.sock --timeout 500ms", "the Edge at this control socket");
    }

    private static int Run(string? file, string? socket, HealthQuestion question)
    {
        var (well, why) = Ask(file, socket, question);
        (well ? Console.Out : Console.Error).WriteLine(why);
        return well ? ExitCode.Fine : ExitCode.Failed;
    }

    private static (bool Well, string Why) Ask(string? file, string? socket, HealthQuestion question)
    {
        if (socket is not null || file is null)
            return question.Control(socket ?? Environment.GetEnvironmentVariable(ControlClient.Variable) ?? ControlClient.UsualSocket);
        return OperatorEndpoints.Load(file, out var error) switch
        {
            null => (false, error),
            { Health: { } health } => question.Http(health),
            { Control: { } control } => question.Control(control),
            { Listener: { } listener } => question.Listener(listener),
            _ => (false, $"{file}: no address that could be asked at; set admin.health-bind or control.socket"),
        };
    }
}

/// <summary>One query to a running Edge, on blocking sockets: an HTTP client takes longer to start than the answer takes.</summary>
/// <param name="timeout">For the whole question.</param>
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

    /// <summary>Whether it accepts connections: all that can be asked where operators have no endpoint. It leaves a CLIENT_GONE in the
    /// log.</summary>
    public (bool Well, string Why) Listener(IPEndPoint listener) =>
        Ask($"{listener}", TcpTo(listener), listener, static _ => (true, "listens"));

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
                e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.InProgress
                    or SocketError.AlreadyInProgress)
            {
                return (false, $"{whom}: no answer in time ({Passed} ms)");
            }
            catch (Exception e) when (e is SocketException or JsonException or IOException)
            {
                // The message of the connect's own exception repeats the address.
                return (false, $"{whom}: {(e is SocketException failure ? new SocketException((int)failure.SocketErrorCode) : e).Message}");
            }
        }
    }

    /// <exception cref="SocketException">The time is over.</exception>
    private int Left() =>
        (int)timeout.TotalMilliseconds - Passed is var left and > 0 ? left : throw new SocketException((int)SocketError.TimedOut);

    private static byte[] Get(string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close{Blank}");

    /// <param name="end">The end of the needed text; null: the end of the stream.</param>
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
