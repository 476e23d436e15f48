using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;
using AkkaTransport = Akka.Remote.Transport.Transport;

namespace EdgeActors.Cluster.Membership;

/// <summary>Makes an <see cref="InboundLimit"/> of Akka.Remote's transport, which finds this class by its name.</summary>
internal sealed class InboundLimitProvider : ITransportAdapterProvider
{
    public AkkaTransport Create(AkkaTransport wrappedTransport, ExtendedActorSystem system) => new InboundLimit(wrappedTransport, system);
}

/// <summary>Bounds the connections that others have to the cluster's port; Akka.Remote itself accepts any number. Beyond the bound a
/// connection gives way: the oldest that has sent nothing, otherwise the one that has sent nothing for longest. Nodes send every
/// second.</summary>
internal sealed class InboundLimit : AkkaTransport, IAssociationEventListener
{
    /// <summary>A node needs one connection of each other node, and another one while that node starts again.</summary>
    public const int Max = 64;

    private readonly AkkaTransport _inner;
    private readonly ILoggingAdapter _log;
    private readonly List<Inbound> _open = [];
    private IAssociationEventListener? _listener;

    public InboundLimit(AkkaTransport inner, ExtendedActorSystem system)
    {
        _inner = inner;
        _log = Logging.GetLogger(system, typeof(InboundLimit));
        (Config, System) = (inner.Config, inner.System);
    }

    public override string SchemeIdentifier => _inner.SchemeIdentifier;

    public override long MaximumPayloadBytes => _inner.MaximumPayloadBytes;

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var (address, inner) = await _inner.Listen().ConfigureAwait(false);
        var outer = new TaskCompletionSource<IAssociationEventListener>();
        _ = outer.Task.ContinueWith(
            listener =>
            {
                _listener = listener.Result;
                inner.TrySetResult(this);
            },
            TaskContinuationOptions.OnlyOnRanToCompletion);
        return (address, outer);
    }

    public override bool IsResponsibleFor(Address remote) => _inner.IsResponsibleFor(remote);

    public override Task<AssociationHandle> Associate(Address remoteAddress) => _inner.Associate(remoteAddress);

    public override Task<bool> Shutdown() => _inner.Shutdown();

    public override Task<bool> ManagementCommand(object message) => _inner.ManagementCommand(message);

    void IAssociationEventListener.Notify(IAssociationEvent ev)
    {
        if (ev is InboundAssociation { Association: var accepted })
        {
            var inbound = new Inbound(accepted, this);
            Inbound? leaving = null;
            lock (_open)
            {
                // Of equal ones, which have sent nothing, the first is the oldest.
                if (_open.Count >= Max)
                    _open.Remove(leaving = _open.MinBy(static open => open.LastReceived)!);
                _open.Add(inbound);
            }
            if (leaving is not null)
            {
                _log.Warning(
                    "cluster: {0} was not let in: {1} connections are open, and others have sent more recently",
                    leaving.RemoteAddress,
                    Max);
                leaving.Close();
            }
            ev = new InboundAssociation(inbound);
        }
        _listener!.Notify(ev);
    }

    private void Forget(Inbound inbound)
    {
        lock (_open)
            _open.Remove(inbound);
    }

    /// <summary>A connection of another node, or of a stranger.</summary>
    private sealed class Inbound : AssociationHandle, IHandleEventListener
    {
        private readonly AssociationHandle _inner;
        private readonly InboundLimit _limit;
        private IHandleEventListener? _reader;
        private long _lastReceived;

        public Inbound(AssociationHandle inner, InboundLimit limit)
            : base(inner.LocalAddress, inner.RemoteAddress)
        {
            (_inner, _limit) = (inner, limit);
            _ = ReadHandlerSource.Task.ContinueWith(
                reader =>
                {
                    _reader = reader.Result;
                    inner.ReadHandlerSource.TrySetResult(this);
                },
                TaskContinuationOptions.OnlyOnRanToCompletion);
        }

        /// <summary>0: never.</summary>
        public long LastReceived => Volatile.Read(ref _lastReceived);

        public void Close() => _inner.Disassociate("another connection took its place", _limit._log);

        public override bool Write(ByteString payload) => _inner.Write(payload);

        [Obsolete("Akka.Remote calls the overload with a reason.")]
        public override void Disassociate()
        {
            _limit.Forget(this);
            _inner.Disassociate();
        }

        void IHandleEventListener.Notify(IHandleEvent ev)
        {
            if (ev is InboundPayload)
                Volatile.Write(ref _lastReceived, Stopwatch.GetTimestamp());
            else if (ev is Disassociated or UnderlyingTransportError)
                _limit.Forget(this);
            _reader!.Notify(ev);
        }
    }
}
