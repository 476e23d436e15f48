using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Transport;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Tests.Listening;

public sealed class ListenerFilterSpecs : EdgeTestKit
{
    private readonly ManualTime _time = new();

    [LinuxFact]
    public async Task A_kernel_that_cannot_drop_is_asked_again_after_a_pause_and_warned_of_once()
    {
        var settings = TestSettings.Listener(TestSettings.RateLimit());
        var options = new EpollTransportOptions(
            1, Pin: false, PipeSize: 1 << 20, MaxPipes: 64, DeferAccept: false, TimeSpan.FromSeconds(30), 16);
        await using var harness = new LinkHarness((gate, time) => new EpollTransport(options, gate, time));
        var socket = new Refusing(harness.Listener) { Error = SocketError.AccessDenied };
        var lines = new MemoryStream();
        var log = new EdgeLog(new LogSettings(false, 64, LogThreshold.Info), lines, TimeProvider.System);
        var shared = new ConnectionServices(TestActor, TestActor, null!, new LiveConnections(), log, new EdgeMeters(), _time);
        var services = new ListenerServices(null!, null!, TestActor, shared, new LimitSettings(100, 100), log, _time)
        {
            DropsInKernel = true,
        };
        var state = new ListenerState
        {
            Admission = new ListenerAdmission(settings, _time), Sockets = [new ListeningSocket(settings.Binds[0], socket)],
        };
        var filter = new ListenerFilter(0, state, services);
        filter.Follow(settings, TestActor);
        var drops = state.Admission.Drops;
        TimeSpan? Flood()
        {
            for (var i = 0; i < KernelDrops.Flood; i++)
                state.Admission.OnRefusedAtOnce(AddressKey.From(IPAddress.Parse("127.0.0.3")));
            return filter.Next("https");
        }

        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(TimeSpan.FromSeconds(10), Flood());
            Assert.Equal((attempt, 0), (socket.Asked, drops.Count));
            _time.Advance(TimeSpan.FromSeconds(8));
            Assert.Equal(TimeSpan.FromSeconds(2), Flood());
            Assert.Equal((attempt, 0), (socket.Asked, drops.Count));
            _time.Advance(TimeSpan.FromSeconds(2));
        }
        socket.Error = null;
        Assert.True(Flood() < TimeSpan.FromSeconds(1));
        Assert.Equal(1, drops.Count);
        filter.Clear();
        Assert.Equal(0, drops.Count);
        await log.DisposeAsync();
        var text = Encoding.UTF8.GetString(lines.ToArray());
        Assert.Equal(1, text.Split('\n').Count(static line => line.Contains("cannot drop clients", StringComparison.Ordinal)));
        Assert.Equal(1, text.Split('\n').Count(static line => line.Contains("added=127.0.0.3", StringComparison.Ordinal)));
    }

    private sealed class Refusing(IListenSocket inner) : IListenSocket
    {
        public SocketError? Error { get; set; }

        public int Asked { get; private set; }

        public IPEndPoint EndPoint => inner.EndPoint;

        public IAcceptHandler Handler { set => inner.Handler = value; }

        public void Resume() => inner.Resume();

        public IReadOnlyList<SafeFileHandle> Duplicate()
        {
            Asked++;
            return Error is { } error ? throw new SocketException((int)error) : inner.Duplicate();
        }

        public void Dispose()
        {
        }
    }
}
