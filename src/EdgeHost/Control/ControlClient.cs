using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeActors.Answers;
using EdgeHost.Admin;
using EdgeHost.Cli;

namespace EdgeHost.Control;

/// <summary>Sends one order to the control socket and prints the answers as they come.</summary>
internal static class ControlClient
{
    public const string Variable = "EDGE_SOCKET", UsualSocket = "/run/edge/ctl.sock";

    /// <summary>Until Ctrl-C or the last answer.</summary>
    /// <param name="socket">Null: see <see cref="Variable"/>.</param>
    public static async Task<int> Run(string? socket, IReadOnlyList<string> words, bool json, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var path = socket ?? Environment.GetEnvironmentVariable(Variable) ?? UsualSocket;
        try
        {
            // Without a proxy, whatever HTTP_PROXY says.
            using var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, token) => Connect(path, token) };
            using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            var order = new OperatorOrder(words, json ? null : Style());
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(order, OperatorOrderJson.Default.OperatorOrder));
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://edge{OperatorApi.Prefix}") { Content = content };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended.Token);
            return response.Content.Headers.ContentType?.MediaType == OperatorApi.Lines
                ? await Show(response, json, ended.Token)
                : throw new IOException($"an answer of HTTP status {(int)response.StatusCode} that is not Edge's");
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is the normal end of a watch.
            return words is ["watch", ..] ? ExitCode.Fine : ExitCode.Failed;
        }
        catch (HttpRequestException e) when (e is { HttpRequestError: HttpRequestError.ConnectionError, InnerException: { } reason })
        {
            // ENOENT comes as an address that cannot be assigned.
            var why = File.Exists(path) ? reason.Message : "there is no such file, or none that this user may see";
            Console.Error.WriteLine($"edge ctl: no Edge can be reached at {path}: {why}");
            Console.Error.WriteLine(
                $"Is it running with control.socket = \"{path}\", as this user? --socket or {Variable} name another one.");
            return ExitCode.NoServer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            var reason = e.InnerException ?? e;
            var isCut = reason is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded };
            Console.Error.WriteLine($"edge ctl: {path}: {(isCut ? "the connection ended before the answer did" : reason.Message)}");
            return ExitCode.Failed;
        }

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ended.Cancel();
        }
    }

    private static async ValueTask<Stream> Connect(string path, CancellationToken cancel)
    {
        var socket = ControlSocket.NewSocket();
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<int> Show(HttpResponseMessage response, bool json, CancellationToken cancel)
    {
        var code = ExitCode.Fine;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var answer = document.RootElement;
            if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var error))
            {
                Console.Error.WriteLine(error.GetString());
                code = answer.GetProperty("usage").GetBoolean() ? ExitCode.Usage : ExitCode.Failed;
            }
            else if (!Write(json ? line + "\n" : answer.GetString()!))
            {
                break;
            }
        }
        return code;
    }

    /// <summary>A terminal has a width and colours, unless NO_COLOR (no-color.org) is set; a file or a pipe gets everything,
    /// plainly.</summary>
    private static TextStyle Style()
    {
        if (Console.IsOutputRedirected)
            return TextStyle.Plain;
        var colour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new TextStyle(Console.WindowWidth > 0 ? Console.WindowWidth : 80, colour);
    }

    /// <returns>False: the reader has closed the pipe (EPIPE), as <c>| head</c> does.</returns>
    private static bool Write(string text)
    {
        try
        {
            Console.Out.Write(text);
            Console.Out.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
