using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;
using EdgeActors.Cluster.Remoting;
using EdgeActors.Tests.Cluster.Tls;
using Google.Protobuf;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>The transport without Akka.Remote above it: the same with TLS and without.</summary>
public abstract class NodeAssociationSpecs : IAsyncLifetime, IAssociationEventListener
{
    private const int MaxQueued = 1 << 20;

    private readonly TestAuthority _authority = new();
    private readonly ActorSystem _system = ActorSystem.Create("edge");
    private readonly TaskCompletionSource<AssociationHandle> _inbound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NodeTransport _transport;
    private readonly Stranger _peer;
    private readonly bool _tls;

    protected NodeAssociationSpecs(bool tls)
    {
        _tls = tls;
        var hocon = ConfigurationFactory.ParseString(NodeRemoting.Hocon(
            tls ? _authority.Node("a") : null, new IPEndPoint(IPAddress.Loopback, 0), NodeTransportLimits.Usual with { MaxQueued = MaxQueued }));
        _transport = new NodeTransport(_system, hocon.GetConfig(NodeRemoting.Section));
        var (address, listener) = _transport.Listen().Result;
        listener.SetResult(this);
        _peer = Stranger.Connect(new IPEndPoint(IPAddress.Loopback, address.Port!.Value)).Result;
    }

    public async ValueTask InitializeAsync()
    {
        if (_tls)
            await _peer.Handshake(_authority.Node("peer"));
    }

    public async ValueTask DisposeAsync()
    {
        // An association without a reader, whose peer stays connected, uses its whole grace period to close.
        (await Association).ReadHandlerSource.TrySetResult(new Heard());
        _peer.Dispose();
        await Eventually.Within(_transport.Shutdown());
        await _system.Terminate();
        _authority.Dispose();
    }

    void IAssociationEventListener.Notify(IAssociationEvent ev) => _inbound.TrySetResult(((InboundAssociation)ev).Association);

    private Task<AssociationHandle> Association => Eventually.Within(_inbound.Task);

    private async Task<byte[]> ReceiveFrame()
    {
        var header = await _peer.Receive(Frames.HeaderLength);
        return header.Length == 0 ? [] : await _peer.Receive(System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(header));
    }

    [Fact]
    public async Task What_a_slow_peer_does_not_take_is_refused_beyond_the_limit_and_the_rest_comes_in_order()
    {
        var association = await Association;
        var accepted = 0;
        // Until the buffers of both kernels and the queue are full; those are some MiB, so it ends.
        while (accepted < 100_000 && association.Write(ByteString.CopyFrom(Payload(accepted))))
            accepted++;
        Assert.InRange(accepted, MaxQueued / PayloadLength, 99_999);
        for (var i = 0; i < accepted; i++)
            Assert.Equal(Payload(i), await ReceiveFrame());
        await Eventually.True(() => association.Write(ByteString.CopyFrom(1)), "room again");
        Assert.Equal([1], await ReceiveFrame());
    }

    private const int PayloadLength = 8192;

    private static byte[] Payload(int number)
    {
        var payload = new byte[PayloadLength];
        BitConverter.TryWriteBytes(payload, number);
        return payload;
    }

    [Fact]
    public async Task Larger_than_the_whole_queue_it_may_still_be_alone_in_it()
    {
        var association = await Association;
        var large = RandomNumberGenerator.GetBytes(MaxQueued + 1);
        await Eventually.True(() => association.Write(ByteString.CopyFrom(large)), "an empty queue");
        Assert.Equal(large, await ReceiveFrame());
    }

    [Fact]
    public async Task At_its_end_what_was_written_goes_out_first()
    {
        var association = await Association;
        for (var i = 0; i < 100; i++)
            Assert.True(association.Write(ByteString.CopyFrom(Payload(i))));
        association.Disassociate("it is over", _system.Log);
        Assert.False(association.Write(ByteString.CopyFrom(1)));
        for (var i = 0; i < 100; i++)
            Assert.Equal(Payload(i), await ReceiveFrame());
        Assert.Empty(await ReceiveFrame());
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_does_not_hold_up_the_end()
    {
        var association = (NodeAssociation)await Association;
        for (var i = 0; i < 100_000 && association.Write(ByteString.CopyFrom(Payload(i))); i++)
        {
            // Until all buffers are full.
        }
        association.Disassociate("it is over", _system.Log);
        await association.Ended.WaitAsync(NodeTransportLimits.Usual.UnacknowledgedTimeout / 2);
    }

    [Fact]
    public async Task Who_listens_late_hears_all_of_it_and_the_end()
    {
        var association = await Association;
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 10; i++)
            Frames.Write(output, Payload(i));
        // In pieces that fit no frame.
        foreach (var piece in output.WrittenSpan.ToArray().Chunk(1000))
            await _peer.Send(piece);
        _peer.End();
        var heard = new Heard();
        association.ReadHandlerSource.SetResult(heard);
        await Eventually.True(() => heard.Events.Any(static ev => ev is Disassociated), "the end");
        Assert.Equal(Enumerable.Range(0, 10).Select(Payload), heard.Events.OfType<InboundPayload>().Select(static ev => ev.Payload.ToByteArray()));
    }

    [Fact]
    public async Task A_peer_that_resets_is_an_ordinary_end()
    {
        var association = await Association;
        var heard = new Heard();
        association.ReadHandlerSource.SetResult(heard);
        _peer.Reset();
        await Eventually.True(() => heard.Events.Any(static ev => ev is Disassociated), "the end");
        Assert.False(association.Write(ByteString.CopyFrom(1)));
    }

    private sealed class Heard : IHandleEventListener
    {
        public ConcurrentQueue<IHandleEvent> Events { get; } = new();

        public void Notify(IHandleEvent ev) => Events.Enqueue(ev);
    }
}

public sealed class PlainAssociationSpecs() : NodeAssociationSpecs(tls: false);

public sealed class TlsAssociationSpecs() : NodeAssociationSpecs(tls: true);
