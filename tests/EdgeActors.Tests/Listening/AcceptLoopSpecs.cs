using System.Net;
using System.Net.Sockets;
using EdgeActors.Listening;

namespace EdgeActors.Tests.Listening;

public sealed class AcceptLoopSpecs : IDisposable
{
    private readonly Socket _door = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<string> _warnings = [];
    private int _welcomed;

    public AcceptLoopSpecs()
    {
        _door.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _door.Listen();
    }

    public void Dispose()
    {
        _door.Dispose();
        _ending.Dispose();
    }

    private Task Run(Action<Socket> welcome) => AcceptLoop.Run(_door, welcome, _warnings.Add, _ending.Token);

    private async Task Come()
    {
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_door.LocalEndPoint!);
    }

    private void Welcome(Socket client)
    {
        client.Dispose();
        _welcomed++;
    }

    [Fact]
    public async Task Each_client_is_welcomed_until_the_end()
    {
        var accepting = Run(Welcome);
        await Come();
        await Come();
        await Eventually.True(() => _welcomed == 2, "both");
        await _ending.CancelAsync();
        _door.Dispose();
        await Eventually.Within(accepting);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task After_a_failure_it_goes_on()
    {
        var accepting = Run(client =>
        {
            Welcome(client);
            if (_welcomed == 1)
                throw new SocketException((int)SocketError.TooManyOpenSockets);
        });
        await Come();
        await Come();
        await Eventually.True(() => _welcomed == 2, "the second one");
        Assert.Equal(["accept failed (TooManyOpenSockets), trying again in 100 ms"], _warnings);
        await _ending.CancelAsync();
        await Eventually.Within(accepting);
    }
}
