using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Connection;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Listening;

/// <summary>The listener with a transport that does what the test says.</summary>
public sealed class ListenerActorSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly Listening _transport = new();
    private readonly ListenerState _state = new();

    private sealed class Listening : ITransport
    {
        public List<Socket> Sockets { get; } = [];

        public SocketError? BindError { get; set; }

        public string Name => "listening";

        public int OpenLinks => 0;

        public IListenSocket Listen(ListenOptions options, IAcceptHandler handler)
        {
            if (BindError is { } error)
                throw new SocketException((int)error);
            var socket = new Socket(new IPEndPoint(options.EndPoint.Address, 1000 + Sockets.Count), handler);
            lock (Sockets)
                Sockets.Add(socket);
            return socket;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Socket(IPEndPoint endPoint, IAcceptHandler handler) : IListenSocket
    {
        private int _resumes;

        public IPEndPoint EndPoint => endPoint;

        public IAcceptHandler Handler { get; set; } = handler;

        public int Resumes => Volatile.Read(ref _resumes);

        public volatile bool Disposed;

        public void Resume() => Interlocked.Increment(ref _resumes);

        public void Dispose() => Disposed = true;
    }

    private IActorRef Start()
    {
        var log = new EdgeLog(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
        var settings = TestSettings.Listener() with
        {
            Binds = [
                new BindSettings(new IPEndPoint(IPAddress.Loopback, 0), false),
                new BindSettings(new IPEndPoint(IPAddress.IPv6Loopback, 0), false)
            ],
        };
        var shared = new ConnectionServices(TestActor, TestActor, null!, new LiveConnections(), log, new EdgeMeters(), TimeProvider.System);
        var services = new ListenerServices(
            _transport, Sys.Materializer(), TestActor, shared, new LimitSettings(100, 100), log, TimeProvider.System);
        return Supervised.ActorOf(Sys, ListenerActor.Props(3, settings, services, _state));
    }

    [Fact]
    public async Task Every_address_is_bound()
    {
        Start();
        await Eventually.Within(_state.Bound);
        Assert.Equal(["127.0.0.1:1000", "[::1]:1001"], _state.EndPoints.Select(e => e.ToString()));
    }

    [Fact]
    public async Task An_accepted_link_goes_to_the_parent_of_all_connections()
    {
        Start();
        await Eventually.Within(_state.Bound);
        var link = new FakeLink();
        _transport.Sockets[1].Handler.Accepted(link);
        var accepted = ExpectMsg<Accepted>(Soon);
        Assert.Same(link, accepted.Link);
        Assert.Equal(3, accepted.Context.ListenerIndex);
        Assert.Same(_state.Peeks, accepted.Context.Peeks);
    }

    [Theory]
    [InlineData(SocketError.AddressAlreadyInUse, "listener https cannot listen on 127.0.0.1:0: another program listens there already")]
    [InlineData(SocketError.AddressNotAvailable, "listener https cannot listen on 127.0.0.1:0: this machine has no such address")]
    public async Task An_address_that_cannot_be_bound_is_told_in_words(SocketError error, string text)
    {
        _transport.BindError = error;
        var listener = Watch(Start());
        var e = await Assert.ThrowsAsync<BindException>(() => Eventually.Within(_state.Bound));
        Assert.Equal(text, e.Message);
        ExpectTerminated(listener, Soon);
    }

    [Fact]
    public async Task An_error_of_one_client_does_not_pause_accepting()
    {
        Start();
        await Eventually.Within(_state.Bound);
        Assert.True(_transport.Sockets[0].Handler.AcceptFailed(SocketError.ConnectionAborted));
    }

    [Fact]
    public async Task A_lack_of_descriptors_pauses_accepting_for_a_while()
    {
        Start();
        await Eventually.Within(_state.Bound);
        Assert.False(_transport.Sockets[0].Handler.AcceptFailed(SocketError.TooManyOpenSockets));
        Assert.Equal(0, _transport.Sockets[0].Resumes);
        AwaitCondition(() => _transport.Sockets[0].Resumes == 1, Soon);
        Assert.Equal(0, _transport.Sockets[1].Resumes);
    }

    [Fact]
    public async Task A_broken_socket_is_opened_anew()
    {
        Start();
        await Eventually.Within(_state.Bound);
        Assert.False(_transport.Sockets[0].Handler.AcceptFailed(SocketError.InvalidArgument));
        AwaitCondition(() => _transport.Sockets.Count == 4, Soon);
        Assert.True(_transport.Sockets[0].Disposed);
        _transport.Sockets[2].Handler.Accepted(new FakeLink());
        ExpectMsg<Accepted>(Soon);
    }

    [Fact]
    public async Task A_broken_socket_that_cannot_be_opened_anew_is_tried_until_it_can()
    {
        Start();
        await Eventually.Within(_state.Bound);
        _transport.BindError = SocketError.AddressAlreadyInUse;
        _transport.Sockets[0].Handler.AcceptFailed(SocketError.InvalidArgument);
        AwaitCondition(() => _transport.Sockets.All(socket => socket.Disposed), Soon);
        _transport.BindError = null;
        AwaitCondition(() => _transport.Sockets.Count == 4, Soon);
    }

    [Fact]
    public async Task Unbinding_closes_the_sockets_and_keeps_the_peek_flow()
    {
        var listener = Start();
        await Eventually.Within(_state.Bound);
        listener.Tell(ListenerOrder.Unbind, TestActor);
        ExpectMsg<Akka.Done>(Soon);
        Assert.All(_transport.Sockets, socket => Assert.True(socket.Disposed));
        Assert.True(_state.Peeks!.Offer(new EdgeActors.Connection.PeekRequest(new FakeLink(), TestActor)));
    }

    [Fact]
    public async Task A_failure_closes_no_socket()
    {
        var listener = Start();
        await Eventually.Within(_state.Bound);
        var peeks = _state.Peeks;
        listener.Tell(new TryAgain(null!)); // throws
        listener.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(Soon);
        Assert.All(_transport.Sockets, socket => Assert.False(socket.Disposed));
        _transport.Sockets[0].Handler.Accepted(new FakeLink());
        Assert.Same(peeks, ExpectMsg<Accepted>(Soon).Context.Peeks);
        Assert.Equal(2, _transport.Sockets.Count);
    }
}
