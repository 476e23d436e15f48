using System.Net.Sockets;

namespace EdgeHost.Control;

/// <summary>The socket cannot be had; the message says why and what to do.</summary>
internal sealed class ControlSocketException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The socket's file: of mode 0600, in a folder that is made where it is missing, in place of one that a dead process has left.</summary>
internal static class ControlSocket
{
    private const int Backlog = 64;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="ControlSocketException">It cannot be had.</exception>
    public static Socket Listen(string path)
    {
        if (OperatingSystem.IsWindows())
            throw new ControlSocketException("control.socket: there are no file modes here that could keep others out; expected off");
        var socket = NewSocket();
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            Bind(socket, path);
            // Nobody can connect before it listens, so there is no moment with another mode.
            File.SetUnixFileMode(path, OwnerOnly);
            socket.Listen(Backlog);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is ControlSocketException)
                throw;
            throw new ControlSocketException($"control.socket: cannot listen on {path}: {e.Message}", e);
        }
    }

    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, and the next process sees that nobody listens on it.
        }
    }

    public static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static void Bind(Socket socket, string path)
    {
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            if (IsAlive(path))
                throw new ControlSocketException($"control.socket: another process listens on {path}; expected a path for each of them", e);
            if (!IsSocket(path))
                throw new ControlSocketException($"control.socket: {path} is there and is no socket, so it is not removed; expected another path", e);
            File.Delete(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
        }
    }

    private static bool IsAlive(string path)
    {
        using var probe = NewSocket();
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            // ECONNREFUSED: nobody listens. Anything else (EACCES, EAGAIN of a full backlog) is no sign of death.
            return e.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.NotSocket or SocketError.ProtocolType);
        }
    }

    /// <summary>A socket is what cannot be opened (ENXIO); for reading and writing, as an open of a pipe would wait otherwise.</summary>
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
