using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Answers;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Admin;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace EdgeHost.Control;

/// <summary>The operator's HTTP on a Unix socket. Clients are authenticated by the kernel's peer credentials.</summary>
internal sealed class ControlServer(ControlSocket socket, RequestDelegate answer) : IAsyncDisposable
{
    /// <summary>Requests at once, watchers included; further ones are answered with 503.</summary>
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
        var connections = new OperatorConnections(MaxConnections);
        server._http = await HttpServer.Open(
            AdminServer.Name, new UnixDomainSocketEndPoint(path), () => listener.Socket, connections.Limit(server.Answer), log,
            HttpServer.ForOperators(connections));
        log.Info($"control socket {path}{(takesOver ? ", to be taken over" : "")}");
        return server;
    }

    /// <summary>Clients connect to this process from now on.</summary>
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
        if (!PeerCredentials.Allow(client, out var user))
        {
            var why = new ErrorAnswer(ErrorKind.Failed, $"user {user} may not give orders here");
            return OperatorApi.Refuse(context, why, StatusCodes.Status403Forbidden);
        }
        client.SendBufferSize = HttpServer.UnsentBytes;
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBody;
        context.Features.GetRequiredFeature<IHttpMinResponseDataRateFeature>().MinDataRate = ReadRate;
        return answer(context);
    }
}

/// <summary>The socket cannot be opened; the message says why and what to do.</summary>
internal sealed class ControlSocketException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A listening Unix socket and its file of mode 0600; a missing folder is created. It is bound under another name and renamed,
/// so that a client that finds the file finds a listener, also during a handover.</summary>
internal sealed class ControlSocket(string key, string path, SocketType type) : IDisposable
{
    private const int Backlog = 64;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _unpublished = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Random.Shared.Next(0x1000000):x6}");
    private DateTime _published;

    public Socket Socket { get; } = NewSocket(type);

    /// <summary>Replaces the file of a process that has died.</summary>
    public static ControlSocket Listen(string key, string path, SocketType type = SocketType.Stream)
    {
        var socket = Prepare(key, path, type);
        try
        {
            socket.MakeRoom();
            socket.Publish(replace: false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>Why this user cannot make the socket or its folder; null: it can.</returns>
    public static string? ObstacleAt(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        return OperatingSystem.IsWindows() || Native.MayWrite(folder) ? null
            : $"this user may not write to the folder {folder}; expected a path that the user of edge run may write to";
    }

    /// <summary>It listens, but has no path before <see cref="Publish"/>.</summary>
    public static ControlSocket Prepare(string key, string path, SocketType type = SocketType.Stream)
    {
        if (OperatingSystem.IsWindows())
            throw new ControlSocketException($"{key}: there are no file modes here that could keep others out; expected off");
        var socket = new ControlSocket(key, path, type);
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            socket.Socket.Bind(new UnixDomainSocketEndPoint(socket._unpublished));
            // No client can connect before it listens, so no client meets another mode.
            File.SetUnixFileMode(socket._unpublished, OwnerOnly);
            socket.Socket.Listen(Backlog);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw new ControlSocketException($"{key}: cannot listen on {path}: {e.Message}", e);
        }
    }

    /// <summary>Idempotent.</summary>
    /// <param name="replace">Also a file that is in use: its process gives the path up.</param>
    public void Publish(bool replace)
    {
        if (_published != default)
            return;
        try
        {
            File.Move(_unpublished, path, replace);
            _published = File.GetLastWriteTimeUtc(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ControlSocketException($"{key}: cannot listen on {path}: {e.Message}", e);
        }
    }

    /// <summary>Deletes the file, unless another process has replaced it: that one has another time.</summary>
    public void Remove()
    {
        try
        {
            if (_published != default && File.GetLastWriteTimeUtc(path) == _published)
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file stays; the next process sees that no socket listens on it.
        }
    }

    /// <summary>.NET deletes the file that the socket was bound to: the unpublished one.</summary>
    public void Dispose()
    {
        Remove();
        Socket.Dispose();
    }

    public static Socket NewSocket(SocketType type = SocketType.Stream) => new(AddressFamily.Unix, type, ProtocolType.Unspecified);

    /// <summary>Whether that process listens there.</summary>
    public static bool IsOf(uint pid, string path)
    {
        using var probe = NewSocket();
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return PeerCredentials.ProcessOf(probe) == pid;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void MakeRoom()
    {
        if (!File.Exists(path))
            return;
        if (IsAlive(path, Socket.SocketType))
            throw new ControlSocketException($"{key}: another process listens on {path}; expected a path for each of them");
        if (!IsSocket(path))
            throw new ControlSocketException($"{key}: {path} is there and is no socket, so it is not removed; expected another path");
        File.Delete(path);
    }

    private static bool IsAlive(string path, SocketType type)
    {
        using var probe = NewSocket(type);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            // ECONNREFUSED: no listener. Any other error (EACCES, EAGAIN of a full backlog, EPROTOTYPE) may come from a live process.
            return e.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.NotSocket);
        }
    }

    /// <summary>A socket cannot be opened (ENXIO). For reading and writing, as opening a pipe would block otherwise.</summary>
    private static bool IsSocket(string path)
    {
        const int NoSuchDeviceOrAddress = 6;
        try
        {
            using var opened = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.HResult == NoSuchDeviceOrAddress;
        }
    }
}

/// <summary>The process at the other end of a Unix socket, as the kernel has seen it (SO_PEERCRED, unix(7)).</summary>
internal static class PeerCredentials
{
    private const uint Root = 0;

    /// <summary>Whether the peer is the user of this process, or root. Where the kernel has no credentials, the file's mode decides
    /// alone.</summary>
    public static bool Allow(Socket peer, out uint user)
    {
        user = 0;
        if (!OperatingSystem.IsLinux())
            return true;
        user = Of(peer).User;
        return user == Root || user == Native.EffectiveUser();
    }

    /// <summary>The peer's pid; 0 in another pid namespace, such as another container's.</summary>
    public static uint ProcessOf(Socket peer) => Of(peer).Process;

    /// <summary>struct ucred: pid, uid, gid.</summary>
    private static (uint Process, uint User) Of(Socket socket)
    {
        Span<uint> credentials = stackalloc uint[3];
        socket.GetRawSocketOption(Native.SolSocket, Native.SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return (credentials[0], credentials[1]);
    }
}
