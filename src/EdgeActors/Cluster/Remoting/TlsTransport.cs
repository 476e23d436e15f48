using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;
using EdgeActors.Accept;
using EdgeActors.Cluster.Tls;
using EdgeActors.Config;
using EdgeActors.Health;
using AkkaConfig = Akka.Configuration.Config;

namespace EdgeActors.Cluster.Remoting;

/// <summary>
/// Akka.Remote over TLS in which both sides prove that they are nodes, on the framework's sockets and TLS. Akka.Remote makes one by its class name
/// and a section of its configuration, which <see cref="TlsRemoting.Hocon"/> writes.
/// </summary>
public sealed class TlsTransport : Akka.Remote.Transport.Transport
{
    private const int Backlog = 64;

    /// <summary>TCP_USER_TIMEOUT of tcp(7), in milliseconds.</summary>
    private const int TcpLevel = 6, TcpUserTimeout = 18;

    private readonly IPEndPoint _bind;
    private readonly TlsTransportLimits _limits;
    private readonly ILoggingAdapter _log;
    private readonly RefusalLog _refusals;
    private readonly TlsIdentityFiles _identity;
    private readonly PendingHandshakes _handshakes;

    /// <summary>Each for itself: Akka.Remote compares associations by their addresses, and there may be two with one peer while one ends.</summary>
    private readonly ConcurrentDictionary<TlsAssociation, byte> _associations = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource<IAssociationEventListener> _listener = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private Socket? _socket;
    private Address? _address;
    private Task _accepting = Task.CompletedTask;
    private DateTimeOffset? _warnedOf;

    /// <exception cref="RemoteTransportException">A file of the certificate will not do.</exception>
    public TlsTransport(ActorSystem system, AkkaConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        System = system;
        Config = config;
        SchemeIdentifier = config.GetString("transport-protocol", TlsRemoting.Scheme);
        _limits = TlsTransportLimits.Of(config);
        MaximumPayloadBytes = _limits.MaxFrame;
        _bind = new IPEndPoint(IPAddress.Parse(config.GetString("hostname")), config.GetInt("port"));
        _log = Logging.GetLogger(system, typeof(TlsTransport));
        _refusals = new RefusalLog(_log, TimeProvider.System);
        _handshakes = new PendingHandshakes(_limits.MaxHandshakes);
        try
        {
            _identity = new TlsIdentityFiles(
                new ClusterTlsSettings(config.GetString("certificate"), config.GetString("key"), config.GetString("authority")), TimeProvider.System);
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
        _address = new Address(SchemeIdentifier, System.Name, TlsRemoting.HostOf(_bind.Address), ((IPEndPoint)socket.LocalEndPoint!).Port);
        _accepting = Task.Run(Accept);
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
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            deadline.CancelAfter(_limits.ConnectTimeout);
            await socket.ConnectAsync(target, deadline.Token).ConfigureAwait(false);
            Prepare(socket);
            return Open(remoteAddress, socket, await TlsHandshake.AsClient(socket, Identity(), _limits.HandshakeTimeout).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            socket.Dispose();
            // Akka.Remote logs it, and tries again later.
            var why = e is OperationCanceledException ? $"no connection within {_limits.ConnectTimeout.TotalSeconds} s" : e.Message;
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

    private async Task Accept()
    {
        var backOff = new BackOff();
        try
        {
            var listener = await _listener.Task.WaitAsync(_ending.Token).ConfigureAwait(false);
            while (true)
            {
                try
                {
                    var socket = await _socket!.AcceptAsync(_ending.Token).ConfigureAwait(false);
                    _handshakes.Add(socket);
                    _ = Task.Run(() => Welcome(socket, listener));
                }
                catch (SocketException e) when (!_ending.IsCancellationRequested)
                {
                    // EMFILE, ENOBUFS ...: others need time to give something back.
                    var delay = backOff.Next(TimeProvider.System);
                    _log.Warning("cluster: accept failed ({0}), trying again in {1:F0} ms", e.SocketErrorCode, delay.TotalMilliseconds);
                    await Task.Delay(delay, _ending.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end has come.
        }
    }

    /// <summary>A stranger costs this much and nothing more.</summary>
    private async Task Welcome(Socket socket, IAssociationEventListener listener)
    {
        EndPoint? peer = null;
        try
        {
            peer = socket.RemoteEndPoint;
            Prepare(socket);
            var stream = await TlsHandshake.AsServer(socket, Identity(), _limits.HandshakeTimeout).ConfigureAwait(false);
            if (!_handshakes.Remove(socket))
                throw new HandshakeException("too late");
            var (host, port) = peer is IPEndPoint { Address: var address, Port: var number } ? (TlsRemoting.HostOf(address), number) : ("", 0);
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

    private TlsAssociation Open(Address remote, Socket socket, SslStream stream)
    {
        var association = new TlsAssociation(_address!, remote, socket, stream, _limits, _log);
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

    /// <summary>With what there is to say of it.</summary>
    private TlsIdentity Identity()
    {
        var identity = _identity.Current(out var news, out var failed);
        if (failed)
            _log.Warning("cluster: {0}", news);
        else if (news.Length > 0)
            _log.Info("cluster: {0}", news);
        var now = DateTimeOffset.UtcNow;
        if (CertificateExpiry.IsNear(identity.Expires, now) && _warnedOf != identity.Expires)
        {
            _warnedOf = identity.Expires;
            _log.Warning("cluster: {0}", CertificateExpiry.Words(identity.Expires, now));
        }
        return identity;
    }

    private static void End(TlsAssociation association)
    {
#pragma warning disable CS0618 // The other one asks for a reason to log, and there is nothing to tell of an ordinary end.
        association.Disassociate();
#pragma warning restore CS0618
    }
}
