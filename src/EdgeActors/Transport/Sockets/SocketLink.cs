using System.Buffers;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Sockets;

/// <summary>A client socket and, once joined, its server socket. At most three loops run on it: one reads the hello, then one dials, then
/// one <see cref="SocketPump"/> per direction. The first reason given to <see cref="Close"/> wins.</summary>
/// <param name="adopted">A link of another process, frozen; null: accepted here.</param>
internal sealed partial class SocketLink(
    SocketTransport transport, Socket client, IPEndPoint clientEnd, IPEndPoint localEnd, LinkHandover? adopted = null)
    : Link(clientEnd, localEnd, adopted?.AcceptedAt ?? transport.Time.GetTimestamp(), adopted?.Id ?? 0)
{
    private const int FirstBuffer = 4096;

    private readonly Lock _lock = new();
    private Socket? _server;
    private byte[] _hello = [];

    /// <summary>Room before the hello, so that a PROXY header and the hello leave in one send without a copy.</summary>
    private int _headroom = MaxPreface;
    private int _received;
    private int _preface;
    private IReceiveHandler? _receiver;
    private RelayTimeouts? _timeouts;
    private int _reason;
    private int _finished;
    private bool _sendsUp, _sendsDown;
    private int _loops;
    private bool _closing, _dialled;
    private CancellationTokenSource? _dial;
    private volatile bool _bulk;

    public override CloseReason Reason => (CloseReason)Volatile.Read(ref _reason);

    public override ReadOnlySpan<byte> Received => _received == 0 ? default : _hello.AsSpan(_headroom, _received);

    private Socket? Server
    {
        get
        {
            lock (_lock)
                return _server;
        }
    }

    public override bool ClientHasLeft
    {
        get
        {
            try
            {
                return client.Poll(0, SelectMode.SelectRead) && client.Available == 0;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    internal TimeProvider Time => transport.Time;

    internal int BufferSize => transport.Options.BufferSize;

    /// <summary>A direction has filled a buffer, or is sending now.</summary>
    internal bool CarriesBulk => _bulk || Volatile.Read(ref _sendsUp) || Volatile.Read(ref _sendsDown);

    internal PinnedLink Pinned
    {
        get
        {
            var ((atClient, toClient), (atServer, toServer)) = (KernelUse(client), KernelUse(Server));
            return new PinnedLink(this, atClient + atServer, Counters.BytesUp + Counters.BytesDown - toClient - toServer);
        }
    }

    internal void OnBulkRead(bool up, ref BufferBounds bounds, Socket from, Socket to, int bytes)
    {
        _bulk = true;
        if (!OperatingSystem.IsLinux())
            return;
        using HeldDescriptor source = new(from.SafeHandle), target = new(to.SafeHandle);
        bounds.OnBulkRead(up ? default : transport.Options.Buffers, source.Fd, target.Fd, bytes);
    }

    private static (long Memory, long Unsent) KernelUse(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
            return default;
        try
        {
            using var held = new HeldDescriptor(socket.SafeHandle);
            return (Native.SocketMemory(held.Fd), Native.Unsent(held.Fd));
        }
        catch (ObjectDisposedException)
        {
            return default;
        }
    }

    public override void Receive(int maxTotal, IReceiveHandler handler)
    {
        Volatile.Write(ref _receiver, handler);
        if (TryEnter(1))
            _ = ReceiveMore(maxTotal);
        else
            TellReceiver(ReceiveStatus.Closed);
    }

    public override void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface)
    {
        lock (_lock)
        {
            _dialled = true;
            _receiver = null;
            if (_hello.Length == 0)
                MakeRoom(FirstBuffer);
        }
        MakeHeadroom(ref _hello, ref _headroom, _received, preface.Length);
        preface.CopyTo(_hello.AsSpan(_headroom - preface.Length));
        _preface = preface.Length;
        _ = ConnectAndJoin(plan);
    }

    /// <summary>One direction has relayed its FIN. The link is done when both have.</summary>
    internal void FinishedOneWay(bool up)
    {
        Counters.Finish(up, Time.GetTimestamp());
        if (Interlocked.Or(ref _finished, up ? 1 : 2) != 0)
            Close(CloseReason.Finished, CloseMode.Close);
    }

    /// <summary>Whether the pump of a direction is sending bytes.</summary>
    internal void SetSending(bool up, bool on) => Volatile.Write(ref up ? ref _sendsUp : ref _sendsDown, on);

    internal void CloseIfIdle(long now)
    {
        if (_timeouts is not { } timeouts || Counters.JoinedAt == 0)
            return;
        var (left, reason) = IdleClock.Left(timeouts, Counters, now, Time);
        if (left <= TimeSpan.Zero)
            Close(reason, CloseMode.Close);
    }

    /// <summary>No one reads while a server is dialled, so a client's reset is looked for.</summary>
    internal void CloseIfReset()
    {
        if (_dialled && Counters.JoinedAt == 0 && SocketCalls.IsBroken(client))
            Close(CloseReason.ClientReset, CloseMode.Reset);
    }

    private async Task ReceiveMore(int maxTotal)
    {
        ReceiveStatus status;
        try
        {
            // A zero-byte receive: a silent client costs no buffer.
            await client.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
            status = ReadOnce(maxTotal);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            status = ReceiveStatus.Broken;
        }
        Leave();
        // A receive error after a local close is not the client's.
        TellReceiver(Reason == CloseReason.None ? status : ReceiveStatus.Closed);
    }

    /// <summary>Reads once. After <see cref="Connect"/> it reads nothing, because later bytes belong to the relay.</summary>
    private ReceiveStatus ReadOnce(int maxTotal)
    {
        lock (_lock)
        {
            if (_dialled)
                return ReceiveStatus.Closed;
            MakeRoom(maxTotal);
            var got = client.Receive(_hello.AsSpan(_headroom + _received, Math.Min(_hello.Length - _headroom, maxTotal) - _received));
            _received += got;
            return got == 0 ? ReceiveStatus.Finished : _received >= maxTotal ? ReceiveStatus.Full : ReceiveStatus.Data;
        }
    }

    private void MakeRoom(int maxTotal)
    {
        if (_hello.Length - _headroom - _received >= 1 || _hello.Length - _headroom >= maxTotal)
            return;
        var bigger = ArrayPool<byte>.Shared.Rent(_headroom + Math.Min(maxTotal, Math.Max(FirstBuffer, _received * 2)));
        _hello.AsSpan(0, _hello.Length == 0 ? 0 : _headroom + _received).CopyTo(bigger);
        // The smaller buffer is not returned to the pool: the receiver may still be reading it.
        _hello = bigger;
    }

    protected override void Skip(int count)
    {
        _hello.AsSpan(_headroom + count, _received - count).CopyTo(_hello.AsSpan(_headroom));
        _received -= count;
    }

    private void TellReceiver(ReceiveStatus status) => Interlocked.Exchange(ref _receiver, null)?.Received(this, status);

    private async Task ConnectAndJoin(ConnectPlan plan)
    {
        Socket server;
        using var deadline = new CancellationTokenSource(plan.ConnectTimeout, Time);
        try
        {
            lock (_lock)
                _dial = deadline;
            server = await SocketCalls.Connect(plan.Server, plan.Source, deadline.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            if (Reason == CloseReason.None)
                Handler?.ConnectFailed(this, CloseReasons.OfConnect(e));
            return;
        }
        finally
        {
            lock (_lock)
                _dial = null;
        }

        lock (_lock)
            _server = server;
        if (Reason != CloseReason.None)
        {
            // Closed while dialling: Close may have missed the server's socket.
            SocketCalls.Abort(server);
            return;
        }

        try
        {
            await SendFirst(server);
            if (plan.Timeouts.Keepalive is { } idle)
                KeepAlive(server, idle);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Close(CloseReason.ServerReset, CloseMode.Reset);
            return;
        }
        // Sends are tried at once, and report how much they have sent.
        (client.Blocking, server.Blocking) = (false, false);
        _timeouts = plan.Timeouts;
        Counters.Join(Time.GetTimestamp(), _received);
        if (!TryEnter(2))
            return;
        Handler?.Joined(this);
        _ = SocketPump.Run(this, client, server, up: true);
        _ = SocketPump.Run(this, server, client, up: false);
    }

    private async ValueTask SendFirst(Socket server)
    {
        await server.SendAsync(_hello.AsMemory(_headroom - _preface, _preface + _received), SocketFlags.None);
        ArrayPool<byte>.Shared.Return(_hello);
        _hello = [];
    }

    private void KeepAlive(Socket server, TimeSpan idle)
    {
        Keepalive.Set(client, idle);
        if (server.AddressFamily != AddressFamily.Unix)
            Keepalive.Set(server, idle);
    }

    private bool TryEnter(int loops)
    {
        lock (_lock)
        {
            if (Reason != CloseReason.None)
                return false;
            _loops += loops;
            return true;
        }
    }

    /// <summary>The last loop of a closed link disposes the sockets.</summary>
    internal void Leave()
    {
        Rest? rest;
        lock (_lock)
        {
            if (--_loops > 0)
                return;
            rest = _rest;
            if (rest is null && !_closing)
                return;
        }
        if (rest is null)
            DisposeSockets();
        else
            CompleteRest(rest);
    }
}
