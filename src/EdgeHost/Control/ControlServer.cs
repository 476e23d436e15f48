using System.Net.Sockets;
using EdgeActors.Answers;
using EdgeActors.Telemetry;
using EdgeHost.Admin;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace EdgeHost.Control;

/// <summary>The operator's HTTP on a Unix socket. Its clients have no password: the kernel says which user they are.</summary>
internal sealed class ControlServer(ControlSocket socket, RequestDelegate answer) : IAsyncDisposable
{
    /// <summary>Connections at once; further ones are closed.</summary>
    public const int MaxConnections = 256;

    public const int MaxBody = 64 * 1024;

    private const string Key = "control.socket";

    /// <summary>For answers during the stop, which one of them may have caused: killing the last connection ends a drain.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>A client that reads less is disconnected: 64 KiB in 5 s.</summary>
    private static readonly MinDataRate ReadRate = new(64 * 1024 / 5, TimeSpan.FromSeconds(5));

    private HttpServer? _http;

    /// <param name="takesOver">A previous process has the path and is going to give it up: see <see cref="Publish"/>.</param>
    public static async Task<ControlServer> Start(string path, RequestDelegate answer, EdgeLog log, bool takesOver = false)
    {
        var listener = takesOver ? ControlSocket.Prepare(Key, path) : ControlSocket.Listen(Key, path);
        var server = new ControlServer(listener, answer);
        var limits = HttpServer.ForOperators(MaxConnections);
        server._http = await HttpServer.Open(
            AdminServer.Name, new UnixDomainSocketEndPoint(path), () => listener.Socket, server.Answer, log, limits);
        log.Info($"control socket {path}{(takesOver ? ", to be taken over" : "")}");
        return server;
    }

    /// <summary>From now on clients find this process at the path.</summary>
    public void Publish() => socket.Publish(replace: true);

    /// <summary>Removes the file first, so that no client finds a socket that is about to be closed.</summary>
    public async ValueTask DisposeAsync()
    {
        socket.Remove();
        if (Interlocked.Exchange(ref _http, null) is { } http)
            await http.Stop(within: Grace);
        socket.Dispose();
    }

    private Task Answer(HttpContext context)
    {
        var client = context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        if (!PeerCredentials.Allow(socket.Socket, client, out var user))
        {
            var why = new ErrorAnswer(ErrorKind.Failed, $"user {user} may not give orders here");
            return OperatorApi.Refuse(context, why, StatusCodes.Status403Forbidden);
        }
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBody;
        context.Features.GetRequiredFeature<IHttpMinResponseDataRateFeature>().MinDataRate = ReadRate;
        return answer(context);
    }
}
