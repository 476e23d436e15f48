using System.Net.Sockets;

namespace EdgeHost.Control;

/// <summary>The socket cannot be opened; the message says why and what to do.</summary>
internal sealed class ControlSocketException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A listening Unix socket and its file, of mode 0600, in a folder that is made if it is missing. It is bound under another name and renamed, so that
/// a client that finds the file finds a listener, also while one process takes over from another.
/// </summary>
internal sealed class ControlSocket : IDisposable
{
    private const int Backlog = 64;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _key;
    private readonly string _path;
    private readonly string _unpublished;
    private DateTime _published;

    private ControlSocket(string key, string path, SocketType type)
    {
        _key = key;
        _path = path;
        _unpublished = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Random.Shared.Next(0x1000000):x6}");
        Socket = NewSocket(type);
    }

    public Socket Socket { get; }

    /// <summary>Replaces the file of a process that has died.</summary>
    /// <exception cref="ControlSocketException">It cannot be opened.</exception>
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

    /// <summary>It listens, but has no path before <see cref="Publish"/>.</summary>
    /// <exception cref="ControlSocketException">It cannot be opened.</exception>
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
            // Nobody can connect before it listens, so there is no moment with another mode.
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

    /// <summary>Once; later calls change nothing.</summary>
    /// <param name="replace">Also a file that is in use: its process gives the path up.</param>
    /// <exception cref="ControlSocketException">It cannot be opened.</exception>
    public void Publish(bool replace)
    {
        if (_published != default)
            return;
        try
        {
            File.Move(_unpublished, _path, replace);
            _published = File.GetLastWriteTimeUtc(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ControlSocketException($"{_key}: cannot listen on {_path}: {e.Message}", e);
        }
    }

    /// <summary>Deletes the file, unless another process has replaced it: that one has another time.</summary>
    public void Remove()
    {
        try
        {
            if (_published != default && File.GetLastWriteTimeUtc(_path) == _published)
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, and the next process sees that nobody listens on it.
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
        if (!File.Exists(_path))
            return;
        if (IsAlive(_path, Socket.SocketType))
            throw new ControlSocketException($"{_key}: another process listens on {_path}; expected a path for each of them");
        if (!IsSocket(_path))
            throw new ControlSocketException($"{_key}: {_path} is there and is no socket, so it is not removed; expected another path");
        File.Delete(_path);
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
            // ECONNREFUSED: nobody listens. Anything else (EACCES, EAGAIN of a full backlog, EPROTOTYPE) is no sign of death.
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
        catch (IOException e)
        {
            return e.HResult == NoSuchDeviceOrAddress;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
