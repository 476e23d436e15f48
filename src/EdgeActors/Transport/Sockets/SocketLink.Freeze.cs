using System.Net.Sockets;
using EdgeActors.Settings;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport.Sockets;

/// <summary>Rest: the link is handed over to another process, or comes from one. Closing the .NET sockets aborts their pending calls, which
/// then report what they have moved; the descriptors live on.</summary>
internal sealed partial class SocketLink
{
    /// <summary>Null: not frozen.</summary>
    private Rest? _rest = adopted is null ? null : new Rest(adopted);

    public override void Freeze(Action<LinkHandover?> frozen)
    {
        ArgumentNullException.ThrowIfNull(frozen);
        if (!TryRest(frozen))
            frozen(null);
    }

    public override void Thaw()
    {
        LinkHandover state;
        CloseMode mode;
        bool isClosing;
        lock (_lock)
        {
            if (_rest is not { State: { } frozen } rest)
                return;
            (state, mode) = (frozen, rest.Mode);
            client = SocketOf(state.ClientFd);
            _server = SocketOf(state.ServerFd);
            _timeouts = state.Timeouts;
            _finished = (state.Up.Finished ? 1 : 0) | (state.Down.Finished ? 2 : 0);
            isClosing = Reason != CloseReason.None;
            _loops = isClosing ? 0 : (state.Up.Finished ? 0 : 1) + (state.Down.Finished ? 0 : 1);
            _rest = null;
        }
        if (isClosing)
        {
            CloseNow(Reason, mode);
            return;
        }
        if (!state.Up.Finished)
            _ = SocketPump.Run(this, client, _server, up: true, BytesOf(state.Up), state.Up.HasFin);
        if (!state.Down.Finished)
            _ = SocketPump.Run(this, _server, client, up: false, BytesOf(state.Down), state.Down.HasFin);
    }

    public override void GiveAway()
    {
        lock (_lock)
        {
            if (_rest is not { State: { } state })
                return;
            SharedSockets.Close([.. state.Descriptors]);
            _rest.State = null;
        }
        Counters.End(Time.GetTimestamp());
        Release();
    }

    /// <summary>A pump has stopped, possibly because of <see cref="Freeze"/>.</summary>
    /// <param name="held">Bytes that it has received and not sent.</param>
    /// <param name="hasFin">It has received the FIN.</param>
    /// <returns>False: it was something else.</returns>
    internal bool Rests(bool up, ReadOnlySpan<byte> held, bool hasFin, Exception why)
    {
        // A reset is reported once by the kernel, and would look like a FIN afterwards.
        if (why is SocketException { SocketErrorCode: not SocketError.OperationAborted })
            return false;
        lock (_lock)
        {
            if (_rest is null)
                return false;
            var direction = new DirectionHandover { HasFin = hasFin, Held = held.ToArray(), HeldLength = held.Length };
            if (up)
                _rest.Up = direction;
            else
                _rest.Down = direction;
            return true;
        }
    }

    /// <summary>The last loop has left.</summary>
    private void CompleteRest(Rest rest)
    {
        if (Reason == CloseReason.None)
        {
            var state = AtRest(
                rest.Since,
                _timeouts!,
                rest.Up with { Bytes = Counters.BytesUp, Finished = Counters.UpFinished },
                rest.Down with { Bytes = Counters.BytesDown, Finished = Counters.DownFinished },
                rest.ClientFd,
                rest.ServerFd);
            lock (_lock)
                rest.State = state;
            rest.Frozen(state);
            return;
        }
        lock (_lock)
        {
            client = SocketOf(rest.ClientFd);
            _server = SocketOf(rest.ServerFd);
            _rest = null;
        }
        rest.Frozen(null);
        CloseNow(Reason, rest.Mode);
    }

    private bool TryRest(Action<LinkHandover?> frozen)
    {
        Rest rest;
        SafeFileHandle? clientCopy = null;
        SafeFileHandle serverCopy;
        lock (_lock)
        {
            // Without a loop, both directions have finished.
            if (Reason != CloseReason.None || _timeouts is null || _loops == 0 || _rest is not null || !SharedSockets.IsSupported)
                return false;
            try
            {
                clientCopy = SharedSockets.Duplicate(client.SafeHandle);
                serverCopy = SharedSockets.Duplicate(_server!.SafeHandle);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // EMFILE.
                clientCopy?.Dispose();
                return false;
            }
            _rest = rest = new Rest(frozen) { Since = Time.GetTimestamp() };
            _loops++;
        }
        rest.ClientFd = SharedSockets.Detach(client, clientCopy);
        rest.ServerFd = SharedSockets.Detach(_server, serverCopy);
        Leave();
        return true;
    }

    private static Socket SocketOf(int fd) => new(new SafeSocketHandle(fd, ownsHandle: true)) { Blocking = false };

    /// <summary>Bytes in transit, those of a pipe of the other transport included.</summary>
    private static unsafe byte[] BytesOf(DirectionHandover direction)
    {
        if (!direction.HasPipe)
            return direction.Held.ToArray();
        var bytes = new byte[Native.Unread(direction.PipeRead)];
        var length = 0;
        fixed (byte* first = bytes)
        {
            while (length < bytes.Length && Native.Read(direction.PipeRead, first + length, bytes.Length - length) is var got and > 0)
                length += (int)got;
        }
        SharedSockets.Close([direction.PipeRead, direction.PipeWrite]);
        return bytes[..length];
    }

    /// <summary>A freeze in progress, until <see cref="State"/> is set.</summary>
    private sealed class Rest(Action<LinkHandover?> frozen)
    {
        public Rest(LinkHandover adopted) : this(static _ => { }) => State = adopted;

        public Action<LinkHandover?> Frozen { get; } = frozen;

        public long Since { get; init; }

        public int ClientFd { get; set; }

        public int ServerFd { get; set; }

        public DirectionHandover Up { get; set; } = new();

        public DirectionHandover Down { get; set; } = new();

        /// <summary>Of a <see cref="Close"/> that waits for <see cref="Thaw"/>.</summary>
        public CloseMode Mode { get; set; }

        public LinkHandover? State { get; set; }
    }
}
