using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Node;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Node;

public sealed class AddressObserverSpecs : IAsyncLifetime
{
    private static readonly IPAddress s_v4 = IPAddress.Parse("192.0.2.10"), s_v6 = IPAddress.Parse("2001:db8::10");

    private readonly OneTimer _time = new();
    private readonly MemoryStream _output = new();
    private readonly HashSet<IPAddress> _machine = [IPAddress.Loopback];
    private readonly EdgeLog _log;
    private readonly FloatingIp _floatingIp;
    private readonly AddressObserver _observer;
    private Action? _changed;
    private Exception? _unreadable;
    private int _readings;

    public AddressObserverSpecs()
    {
        _log = new EdgeLog(new LogSettings(false, 1024, LogThreshold.Info), _output, TimeProvider.System);
        _floatingIp = new FloatingIp(_log, _time);
        _observer = new AddressObserver(_floatingIp, _log, _time, Listen, Read);
    }

    private (FloatingIpState, FloatingIpSource) Now => (_floatingIp.Current.State, _floatingIp.Current.Source);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _observer.Dispose();
        await _log.DisposeAsync();
    }

    [Fact]
    public void It_is_known_at_once_and_at_each_change()
    {
        _machine.Add(s_v4);
        _observer.Apply([s_v4]);
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
        _machine.Remove(s_v4);
        _changed!();
        Assert.Equal((FloatingIpState.Standby, FloatingIpSource.Address), Now);
        // Another address is none of its business.
        var before = _floatingIp.Current.Changes;
        _machine.Add(s_v6);
        _changed();
        Assert.Equal(before, _floatingIp.Current.Changes);
    }

    [Fact]
    public void Of_two_addresses_both_are_needed_and_each_is_shown()
    {
        _observer.Apply([s_v4, s_v6]);
        _machine.Add(s_v6);
        _changed!();
        Assert.Equal((FloatingIpState.Standby, FloatingIpSource.Address), Now);
        Assert.Equal([new(s_v4, false), new(s_v6, true)], _floatingIp.Current.Addresses);
        _machine.Add(s_v4);
        _changed();
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
    }

    [Fact]
    public void A_change_that_was_not_told_is_found_by_the_timer()
    {
        _observer.Apply([s_v4]);
        _machine.Add(s_v4);
        Assert.Equal((FloatingIpState.Standby, FloatingIpSource.Address), Now);
        Assert.Equal(AddressObserver.Interval, _time.Period);
        _time.Fire();
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
    }

    [Fact]
    public void Without_addresses_nothing_is_observed()
    {
        _observer.Apply([]);
        Assert.Equal((0, null, null), (_readings, _changed, _time.Period));
        _floatingIp.Tell(FloatingIpState.Standby);
        _machine.Add(s_v4);
        _observer.Apply([s_v4]);
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
        _observer.Apply([]);
        Assert.Equal((FloatingIpState.Standby, FloatingIpSource.Told), Now);
        Assert.Equal((1, null, null), (_readings, _changed, _time.Period));
        Assert.Empty(_floatingIp.Current.Addresses);
    }

    [Fact]
    public void Other_addresses_count_at_once()
    {
        _machine.Add(s_v6);
        _observer.Apply([s_v4]);
        var listener = _changed;
        _observer.Apply([s_v6]);
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
        Assert.Same(listener, _changed);
    }

    [Fact]
    public async Task What_cannot_be_read_changes_nothing_and_is_told_once()
    {
        _machine.Add(s_v4);
        _observer.Apply([s_v4]);
        _machine.Remove(s_v4);
        _unreadable = new IOException("not now");
        _time.Fire();
        _changed!();
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
        _unreadable = null;
        _time.Fire();
        Assert.Equal((FloatingIpState.Standby, FloatingIpSource.Address), Now);
        Assert.EndsWith(
            "cannot read the addresses of this machine, next attempt in 10 s: not now",
            Assert.Single(await Warnings()),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_system_tells_no_changes_the_timer_finds_them()
    {
        using var observer = new AddressObserver(
            _floatingIp, _log, _time, static _ => throw new SocketException((int)SocketError.AccessDenied), Read);
        observer.Apply([s_v4]);
        _machine.Add(s_v4);
        _time.Fire();
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
        Assert.Single(await Warnings());
    }

    [LinuxFact]
    public void By_netlink_it_reads_the_addresses_of_this_machine()
    {
        using var observer = new AddressObserver(_floatingIp, _log, TimeProvider.System);
        observer.Apply([IPAddress.Loopback]);
        Assert.Equal((FloatingIpState.Active, FloatingIpSource.Address), Now);
        observer.Apply([IPAddress.Loopback, s_v4]);
        Assert.Equal((FloatingIpState.Standby, FloatingIpSource.Address), Now);
    }

    private Ended Listen(Action changed)
    {
        Assert.Null(_changed);
        // Listened first, nothing is missed.
        Assert.Equal(0, _readings);
        _changed = changed;
        return new Ended(() => _changed = null);
    }

    private HashSet<IPAddress> Read()
    {
        _readings++;
        return _unreadable is null ? _machine : throw _unreadable;
    }

    private async Task<string[]> Warnings()
    {
        await _log.DisposeAsync();
        return [.. Encoding.UTF8.GetString(_output.ToArray()).Split('\n').Where(static line => line.Contains(" WARNING ", StringComparison.Ordinal))];
    }

    private sealed class Ended(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    /// <summary>A clock whose only timer fires when a spec wants it to.</summary>
    private sealed class OneTimer : TimeProvider, ITimer
    {
        private Action? _fire;

        public TimeSpan? Period { get; private set; }

        public void Fire() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Null(Period);
            (_fire, Period) = (() => callback(state), period);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => (_fire, Period) = (null, null);

        public ValueTask DisposeAsync() => throw new NotSupportedException();
    }
}
