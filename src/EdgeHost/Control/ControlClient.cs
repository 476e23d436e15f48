using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeActors.Operate.Answers;
using EdgeHost.Verbs;

namespace EdgeHost.Control;

/// <summary>The other end of the control socket: sends one request, and shows the answers as they come.</summary>
internal static class ControlClient
{
    public const string Variable = "EDGE_SOCKET", UsualSocket = "/run/edge/ctl.sock";

    /// <summary>Until Ctrl-C or the reply's end.</summary>
    /// <param name="socket">Null: see <see cref="Variable"/>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> Run(string? socket, IReadOnlyList<string> words, bool json, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var path = socket ?? Environment.GetEnvironmentVariable(Variable) ?? UsualSocket;
        try
        {
            using var connection = ControlSocket.NewSocket();
            if (!await Connect(connection, path, ended.Token))
                return ExitCode.NoServer;
            await using var stream = new NetworkStream(connection);
            await stream.WriteAsync(new ControlRequest(words, json ? ControlFormat.Json : ControlFormat.Typed).ToLine(), ended.Token);
            return await Show(stream, json, ended.Token);
        }
        catch (OperationCanceledException)
        {
            // Watching has no other end than this one.
            return words[0] == "watch" ? ExitCode.Fine : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or SocketException or JsonException or FormatException)
        {
            Console.Error.WriteLine($"edge ctl: {path}: {e.Message}");
            return ExitCode.Failed;
        }

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ended.Cancel();
        }
    }

    private static async Task<bool> Connect(Socket connection, string path, CancellationToken cancel)
    {
        try
        {
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // ENOENT comes as an address that cannot be assigned.
            var why = File.Exists(path) ? e.Message : "there is no such file, or none that this user may see";
            Console.Error.WriteLine($"edge ctl: no Edge can be reached at {path}: {why}\nIs it running with control.socket = \"{path}\", as this user? --socket or {Variable} name another one.");
            return false;
        }
    }

    private static async Task<int> Show(Stream stream, bool json, CancellationToken cancel)
    {
        var style = json ? TextStyle.Plain : Terminal.Style();
        var code = ExitCode.Fine;
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.TryGetProperty("end", out _))
                return code;
            if (root.TryGetProperty("error", out var error))
            {
                Console.Error.WriteLine(error.GetProperty("message").GetString());
                code = error.GetProperty("usage").GetBoolean() ? ExitCode.Usage : ExitCode.Failed;
            }
            else if (root.TryGetProperty("answer", out var answer) && !Terminal.Write(json ? answer.GetRawText() + "\n" : TextAnswers.Render(TypedAnswers.Read(answer), style)))
            {
                return code;
            }
        }
        throw new IOException("the connection ended before the answer did");
    }
}
