using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;
using EdgeActors.Accept;
using EdgeActors.Cluster.Tls;
using EdgeActors.Config;
using AkkaConfig = Akka.Configuration.Config;

namespace EdgeActors.Cluster.Remoting;

/// <summary>
/// Akka.Remote on the framework's sockets: over TLS in which both sides prove that they are nodes, or plain, which is then byte for byte what Akka's
/// own transport speaks. Akka.Remote makes one by its class name and a section of its configuration, which <see cref="NodeRemoting.Hocon"/> writes.
/// </summary>
public sealed class NodeTransport : Akka.Remote.Transport.Transport
{
    private const int Backlog = 64;

    /// <summary>TCP_USER_TIMEOUT of tcp(7), in milliseconds.</summary>
    private const int TcpLevel = 6, TcpUserTimeout = 18;

    private readonly IPEndPoint _bind;
    private readonly NodeTransportLimits _limits;
    private readonly ILoggingAdapter _log;
    private readonly RefusalLog _refusals;
    private readonly IHandshake _handshake;
    private readonly PendingHandshakes _handshakes;
    private readonly PendingDials _dials = new();

    /// <summary>Each for itself: Akka.Remote compares associations by their addresses, and there may be two with one peer while one ends.</summary>
    private readonly ConcurrentDictionary<NodeAssociation, byte> _associations = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource<IAssociationEventListener> _listener = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private Socket? _socket;
    private Address? _address;
    private Task _accepting = Task.CompletedTask;

    /// <exception cref="RemoteTransportException">A file of the certificate will not do.</exception>
    public NodeTransport(ActorSystem system, AkkaConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        System = system;
        Config = config;
        SchemeIdentifier = config.GetString("transport-protocol");
        _limits = NodeTransportLimits.Of(config);
        MaximumPayloadBytes = _limits.MaxFrame;
        _bind = new IPEndPoint(IPAddress.Parse(config.GetString("hostname")), config.GetInt("port"));
        _log = Logging.GetLogger(system, typeof(NodeTransport));
        _refusals = new RefusalLog(_log, TimeProvider.System);
        _handshakes = new PendingHandshakes(_limits.MaxHandshakes);
        _handshake = SchemeIdentifier == NodeRemoting.Tls ? Tls(config) : new NoHandshake();
    }

    private TlsHandshake Tls(AkkaConfig config)
    {
        var files = new ClusterTlsSettings(config.GetString("certificate"), config.GetString("key"), config.GetString("authority"));
        try
        {
            return new TlsHandshake(new TlsIdentityFiles(files, TimeProvider.System), _limits.HandshakeTimeout, _log);
        }
        catch (TlsFileException e)
        {
            throw new RemoteTransportException($"cluster: {e.Message}", e);
        }
    }

    public override Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var socket = new Socket(_bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(_bind);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var why = BindErrors.Explain("cluster", new BindSettings(_bind, DualMode: false), e.SocketErrorCode);
            // Thrown, it would fail the actor that asks, and not the start.
            return Task.FromException<(Address, TaskCompletionSource<IAssociationEventListener>)>(new RemoteTransportException(why, e));
        }
        _socket = socket;
        _address = new Address(SchemeIdentifier, System.Name, NodeRemoting.HostOf(_bind.Address), ((IPEndPoint)socket.LocalEndPoint!).Port);
        _accepting = AcceptLoop.Run(socket, Accept, why => _log.Warning("cluster: {0}", why), _ending.Token);
        return Task.FromResult((_address, _listener));
    }

    /// <summary>It is asked about addresses of its own scheme alone.</summary>
    public override bool IsResponsibleFor(Address remote) => true;

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        ArgumentNullException.ThrowIfNull(remoteAddress);
        if (remoteAddress is not { Host: { } host, Port: { } port })
            throw new InvalidAssociationException($"{remoteAddress} has no host and port");
        EndPoint target = IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
        var socket = address is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var dial = _dials.Begin(address, _limits.ConnectTimeout, _ending.Token);
        try
        {
            await socket.ConnectAsync(target, dial.Cancelled).ConfigureAwait(false);
            Prepare(socket);
            var stream = await _handshake.AsClient(socket).ConfigureAwait(false);
            if (dial.IsInVain)
                throw new OperationCanceledException();
            return Open(remoteAddress, socket, stream);
        }
        catch (Exception e)
        {
            socket.Dispose();
            // Akka.Remote logs it, and tries again later.
            var why = dial.IsInVain ? "it has called meanwhile"
                : e is OperationCanceledException ? $"no connection within {_limits.ConnectTimeout.TotalSeconds} s"
                : e.Message;
            throw new InvalidAssociationException($"cannot associate with {remoteAddress}: {why}", e);
        }
    }

    public override async Task<bool> Shutdown()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _socket?.Dispose();
        await _accepting.ConfigureAwait(false);
        _handshakes.CloseAll();
        foreach (var association in _associations.Keys)
            End(association);
        await Task.WhenAll(_associations.Keys.Select(static association => association.Ended)).ConfigureAwait(false);
        return true;
    }

    private void Accept(Socket socket)
    {
        _handshakes.Add(socket);
        _ = Task.Run(() => Welcome(socket));
    }

    /// <summary>A stranger costs this much and nothing more.</summary>
    private async Task Welcome(Socket socket)
    {
        EndPoint? peer = null;
        try
        {
            peer = socket.RemoteEndPoint;
            Prepare(socket);
            var stream = await _handshake.AsServer(socket).ConfigureAwait(false);
            if (!_handshakes.Remove(socket))
                throw new HandshakeException("too late");
            var listener = await _listener.Task.WaitAsync(_ending.Token).ConfigureAwait(false);
            if (peer is IPEndPoint { Address: var caller })
                _dials.HasCalled(caller);
            var (host, port) = peer is IPEndPoint { Address: var address, Port: var number } ? (NodeRemoting.HostOf(address), number) : ("", 0);
            listener.Notify(new InboundAssociation(Open(new Address(SchemeIdentifier, System.Name, host, port), socket, stream)));
        }
        catch (Exception e)
        {
            var madeRoom = !_handshakes.Remove(socket);
            socket.Dispose();
            if (!_ending.IsCancellationRequested)
                _refusals.Tell(peer, madeRoom ? $"more than {_limits.MaxHandshakes} handshakes at once, and it was the oldest" : e.Message);
        }
    }

    private NodeAssociation Open(Address remote, Socket socket, Stream stream)
    {
        var association = new NodeAssociation(_address!, remote, socket, stream, _limits, _log);
        _associations[association] = 0;
        _ = association.Ended.ContinueWith(_ => _associations.TryRemove(association, out var _), TaskScheduler.Default);
        if (_ending.IsCancellationRequested)
            End(association);
        return association;
    }

    private void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, BitConverter.GetBytes((int)_limits.UnacknowledgedTimeout.TotalMilliseconds));
    }

    private static void End(NodeAssociation association)
    {
#pragma warning disable CS0618 // The other one asks for a reason to log, and there is nothing to tell of an ordinary end.
        association.Disassociate();
#pragma warning restore CS0618
    }
}
