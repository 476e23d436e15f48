using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using EdgeActors.Settings;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport;

/// <summary>A transport with one listener, and a server to dial; what it tells its handlers is queued for the test to read.</summary>
internal sealed class LinkHarness : IAcceptHandler, ILinkHandler, IReceiveHandler, IAsyncDisposable
{
    private readonly Channel<Link> _accepted = Channel.CreateUnbounded<Link>();
    private readonly Channel<ReceiveStatus> _received = Channel.CreateUnbounded<ReceiveStatus>();
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly Socket _serverListener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="before">Whose listening sockets it goes on with; null: it has one of its own.</param>
    public LinkHarness(
        Func<AcceptGate,
        TimeProvider,
        ITransport> create,
        TimeProvider? time = null,
        int maxConnections = 1000,
        IListenSocket? before = null)
    {
        Gate = new AcceptGate(maxConnections);
        Transport = create(Gate, time ?? TimeProvider.System);
        Listener = Transport.Listen(
            new ListenOptions(new IPEndPoint(IPAddress.Loopback, 0)) { Inherited = before?.Duplicate() ?? [] }, this);
        _serverListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _serverListener.Listen(128);
    }

    public AcceptGate Gate { get; }

    public ITransport Transport { get; }

    public IListenSocket Listener { get; }

    public IPEndPoint ServerEndPoint => (IPEndPoint)_serverListener.LocalEndPoint!;

    public static Socket NewClient() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public async Task<Socket> Dial()
    {
        var client = NewClient();
        await Eventually.Within(client.ConnectAsync(Listener.EndPoint));
        return client;
    }

    public async Task<Link> NextLink()
    {
        var link = await Eventually.Within(_accepted.Reader.ReadAsync().AsTask());
        link.Handler = this;
        return link;
    }

    public bool HasAccepted => _accepted.Reader.TryPeek(out _);

    public Task<ReceiveStatus> Receive(Link link, int maxTotal = 16384)
    {
        link.Receive(maxTotal, this);
        return NextReceived();
    }

    public Task<ReceiveStatus> NextReceived() => Eventually.Within(_received.Reader.ReadAsync().AsTask());

    public Task<string> NextEvent() => Eventually.Within(_events.Reader.ReadAsync().AsTask());

    public bool HasEvent => _events.Reader.TryPeek(out _);

    public ConnectPlan Plan(RelayTimeouts? timeouts = null, EndPoint? server = null) => new(
        server ?? ServerEndPoint, TimeSpan.FromSeconds(5), timeouts ?? new RelayTimeouts(TimeSpan.FromMinutes(5)));

    public Task<Socket> AcceptAtServer() => Eventually.Within(_serverListener.AcceptAsync());

    /// <summary>A client and a server, joined, with <paramref name="first"/> already arrived at the server.</summary>
    public async Task<(Socket Client, Socket Server, Link Link)> Joined(byte[]? first = null, RelayTimeouts? timeouts = null)
    {
        var hello = first ?? [1, 2, 3];
        var client = await Dial();
        await client.SendAsync(hello);
        var link = await NextLink();
        while (link.Received.Length < hello.Length)
            Assert.Equal(ReceiveStatus.Data, await Receive(link));
        link.Connect(Plan(timeouts), []);
        var server = await AcceptAtServer();
        Assert.Equal("joined", await NextEvent());
        Assert.Equal(hello, await ReadExactly(server, hello.Length));
        return (client, server, link);
    }

    public bool ServerHasClient => _serverListener.Poll(0, SelectMode.SelectRead);

    public static async Task<byte[]> ReadExactly(Socket socket, int count)
    {
        var bytes = new byte[count];
        var got = 0;
        while (got < count)
        {
            var n = await Eventually.Within(socket.ReceiveAsync(bytes.AsMemory(got)).AsTask());
            Assert.True(n > 0, $"end of stream after {got} of {count} bytes");
            got += n;
        }
        return bytes;
    }

    public static async Task<int> ReadOnce(Socket socket) =>
        await Eventually.Within(socket.ReceiveAsync(new byte[4096].AsMemory()).AsTask());

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>A byte that nobody waits for; the other side may be gone already.</summary>
    public static async Task SendInVain(Socket socket)
    {
        try
        {
            await socket.SendAsync(new byte[1]);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // ECONNRESET, EPIPE: a reset came before.
        }
    }

    public Task NothingOpen() => Eventually.True(() => Transport.OpenLinks == 0 && Gate.InUse == 0, "all links closed");

    public async ValueTask DisposeAsync()
    {
        _serverListener.Dispose();
        await Transport.DisposeAsync();
    }

    void IAcceptHandler.Accepted(Link link) => _accepted.Writer.TryWrite(link);

    bool IAcceptHandler.AcceptFailed(SocketError error) => true;

    void IReceiveHandler.Received(Link link, ReceiveStatus status) => _received.Writer.TryWrite(status);

    void ILinkHandler.Joined(Link link)
    {
        if (Transport is EpollTransport { Options.Keeper: not null })
            link.Keep(new byte[KeeperHeader.Size], static _ => { });
        _events.Writer.TryWrite("joined");
    }

    void ILinkHandler.ConnectFailed(Link link, CloseReason failure) => _events.Writer.TryWrite($"not connected: {failure}");

    void ILinkHandler.Ended(Link link) => _events.Writer.TryWrite($"ended: {link.Reason}");
}
