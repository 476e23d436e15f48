using System.Net;
using EdgeActors.Node;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Node;

public sealed class FloatingIpSpecs : IAsyncLifetime
{
    private readonly EdgeLog _log;
    private readonly FloatingIp _floatingIp;

    public FloatingIpSpecs()
    {
        _log = new EdgeLog(new LogSettings(false, 1024, LogThreshold.Info), Stream.Null, TimeProvider.System);
        _floatingIp = new FloatingIp(_log, TimeProvider.System);
    }

    private static AddressStatus Here(bool assigned) => new(IPAddress.Loopback, assigned);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public void It_is_what_was_told_last_and_knows_since_when()
    {
        Assert.Equal(new FloatingIpPicture(FloatingIpState.Unknown, null, 0), _floatingIp.Current);
        _floatingIp.Tell(FloatingIpState.Standby);
        var first = _floatingIp.Current;
        Assert.Equal((FloatingIpState.Standby, 1), (first.State, first.Changes));
        Assert.InRange(DateTimeOffset.UtcNow - first.Since!.Value, TimeSpan.Zero, Eventually.Deadline);
        // Told again, it is no change.
        _floatingIp.Tell(FloatingIpState.Standby);
        Assert.Equal(first, _floatingIp.Current);
        _floatingIp.Tell(FloatingIpState.Active);
        Assert.Equal((FloatingIpState.Active, 2), (_floatingIp.Current.State, _floatingIp.Current.Changes));
        Assert.True(_floatingIp.Current.Since >= first.Since);
    }

    [Fact]
    public void What_is_observed_counts_more_than_what_is_told()
    {
        _floatingIp.Tell(FloatingIpState.Active);
        _floatingIp.Observe([Here(false)]);
        Assert.Equal(
            (FloatingIpState.Standby, FloatingIpState.Active, 2),
            (_floatingIp.Current.State, _floatingIp.Current.Told, _floatingIp.Current.Changes));
        _floatingIp.Tell(FloatingIpState.Fault);
        Assert.Equal(FloatingIpState.Fault, _floatingIp.Current.State);
        _floatingIp.Observe([Here(true)]);
        Assert.Equal(FloatingIpState.Active, _floatingIp.Current.State);
        _floatingIp.Tell(FloatingIpState.Standby);
        Assert.Equal(
            (FloatingIpState.Active, FloatingIpState.Standby, 4),
            (_floatingIp.Current.State, _floatingIp.Current.Told, _floatingIp.Current.Changes));
        _floatingIp.Observe([]);
        Assert.Equal(FloatingIpState.Standby, _floatingIp.Current.State);
    }

    [Fact]
    public async Task It_has_left_when_the_address_is_no_more_on_this_machine_whatever_is_told()
    {
        _floatingIp.Observe([Here(true), Here(true)]);
        var left = _floatingIp.Left(TimeSpan.FromHours(1));
        _floatingIp.Tell(FloatingIpState.Standby);
        Assert.False(left.IsCompleted);
        _floatingIp.Observe([Here(false), Here(false)]);
        Assert.True(await left.WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public void A_process_that_is_told_nothing_knows_what_the_one_before_it_was_told()
    {
        var folder = Directory.CreateTempSubdirectory("edge-test-");
        try
        {
            var socket = Path.Combine(folder.FullName, "ctl.sock");
            FloatingIp NewProcess()
            {
                var floatingIp = new FloatingIp(_log, TimeProvider.System, FloatingIpFile.Beside(socket, _log));
                floatingIp.Restore();
                return floatingIp;
            }
            Assert.Equal(FloatingIpState.Unknown, NewProcess().Current.State);
            NewProcess().Tell(FloatingIpState.Active);
            var next = NewProcess();
            Assert.Equal((FloatingIpState.Active, FloatingIpSource.Told), (next.Current.State, next.Current.Source));
            // What is observed is not what was told.
            next.Observe([Here(false)]);
            Assert.Equal(FloatingIpState.Active, NewProcess().Current.State);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("active", FloatingIpState.Active)]
    [InlineData("fault", FloatingIpState.Fault)]
    [InlineData("somewhere", FloatingIpState.Unknown)]
    [InlineData("", FloatingIpState.Unknown)]
    [InlineData(null, FloatingIpState.Unknown)]
    public void A_word_tells_as_much_as_it_means(string? word, FloatingIpState state)
    {
        _floatingIp.Tell(word);
        Assert.Equal(state, _floatingIp.Current.State);
    }

    [Theory]
    [InlineData(FloatingIpState.Unknown)]
    [InlineData(FloatingIpState.Standby)]
    [InlineData(FloatingIpState.Fault)]
    public async Task Nobody_waits_for_an_address_that_is_not_here(FloatingIpState state)
    {
        if (state != FloatingIpState.Unknown)
            _floatingIp.Tell(state);
        var left = _floatingIp.Left(TimeSpan.FromHours(1));
        Assert.True(left.IsCompleted);
        Assert.True(await left);
    }

    [Theory]
    [InlineData(FloatingIpState.Standby)]
    [InlineData(FloatingIpState.Fault)]
    public async Task Who_waits_for_it_to_go_goes_on_when_it_has(FloatingIpState state)
    {
        _floatingIp.Tell(FloatingIpState.Standby);
        _floatingIp.Tell(FloatingIpState.Active);
        var left = _floatingIp.Left(TimeSpan.FromHours(1));
        _floatingIp.Tell(FloatingIpState.Active);
        Assert.False(left.IsCompleted);
        _floatingIp.Tell(state);
        Assert.True(await left.WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task If_nobody_takes_it_the_wait_has_an_end()
    {
        _floatingIp.Tell(FloatingIpState.Active);
        Assert.False(await _floatingIp.Left(TimeSpan.Zero));
        Assert.False(await _floatingIp.Left(TimeSpan.FromMilliseconds(20)).WaitAsync(Eventually.Deadline));
    }
}
