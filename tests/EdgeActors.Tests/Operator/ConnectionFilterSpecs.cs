using System.Net;
using Akka.Actor;
using EdgeActors.Operator;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Operator;

public sealed class ConnectionFilterSpecs
{
    private readonly ManualTime _time = new();

    private ConnectionRecord Record(string client = "192.0.2.7") =>
        new(new FakeLink(new IPEndPoint(IPAddress.Parse(client), 40000), _time), "https", ActorRefs.Nobody) { Generation = 3 };

    private ConnectionView View(ConnectionRecord record) => ConnectionView.Of(record, _time, _time.GetTimestamp());

    private bool Fits(ConnectionRecord record, ConnectionFilter filter) => filter.Matches(View(record));

    private static ConnectionFilter In(string network)
    {
        Assert.True(Cidr.TryParse(network, out var cidr, out _));
        return new ConnectionFilter { Network = cidr };
    }

    [Fact]
    public void Without_parts_it_fits_all()
    {
        Assert.True(ConnectionFilter.All.IsAll);
        Assert.True(Fits(Record(), ConnectionFilter.All));
        Assert.False(new ConnectionFilter { Backend = "web" }.IsAll);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.6", false)]
    [InlineData("192.0.2.7", "192.0.2.0/29", true)]
    [InlineData("192.0.2.8", "192.0.2.0/29", false)]
    [InlineData("192.0.2.7", "0.0.0.0/0", true)]
    [InlineData("192.0.2.7", "::/0", false)]
    [InlineData("2001:db8::1", "::/0", true)]
    [InlineData("2001:db8::1", "0.0.0.0/0", false)]
    [InlineData("2001:db8:0:ffff::1", "2001:db8::/48", true)]
    [InlineData("2001:db8:1::1", "2001:db8::/48", false)]
    [InlineData("2001:db8::1", "2001:db8::1", true)]
    public void By_address_or_network(string client, string network, bool fits) => Assert.Equal(fits, Fits(Record(client), In(network)));

    [Theory]
    [InlineData("www.example.org", "www.example.org", true)]
    [InlineData("www.example.org", "example.org", false)]
    [InlineData("www.example.org", "*.example.org", true)]
    [InlineData("a.b.example.org", "*.example.org", true)]
    [InlineData("example.org", "*.example.org", false)]
    [InlineData("wwwexample.org", "*.example.org", false)]
    [InlineData("www.example.org", "-", false)]
    [InlineData(null, "-", true)]
    [InlineData(null, "*.example.org", false)]
    public void By_server_name(string? name, string wanted, bool fits)
    {
        var record = Record();
        record.ServerName = name;
        Assert.Equal(fits, Fits(record, new ConnectionFilter { ServerName = wanted }));
    }

    [Fact]
    public void By_backend_server_listener_and_generation()
    {
        var record = Record();
        Assert.False(Fits(record, new ConnectionFilter { Backend = "web" }));
        record.Backend = "web";
        record.Server = "s1";
        Assert.True(Fits(record, new ConnectionFilter { Backend = "web", Server = "s1", Listener = "https", Generation = 3 }));
        Assert.False(Fits(record, new ConnectionFilter { Backend = "web2" }));
        Assert.False(Fits(record, new ConnectionFilter { Server = "s" }));
        Assert.False(Fits(record, new ConnectionFilter { Listener = "http" }));
        Assert.False(Fits(record, new ConnectionFilter { Generation = 2 }));
        // Every part has to fit.
        Assert.False(Fits(record, new ConnectionFilter { Backend = "web", Generation = 4 }));
    }

    [Fact]
    public void By_age_to_the_tick()
    {
        var record = Record();
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.True(Fits(record, new ConnectionFilter { AgeOver = TimeSpan.FromSeconds(90) }));
        Assert.False(Fits(record, new ConnectionFilter { AgeOver = TimeSpan.FromSeconds(90) + TimeSpan.FromTicks(1) }));
        Assert.False(Fits(record, new ConnectionFilter { AgeUnder = TimeSpan.FromSeconds(90) }));
        Assert.True(Fits(record, new ConnectionFilter { AgeUnder = TimeSpan.FromSeconds(90) + TimeSpan.FromTicks(1) }));
    }

    [Fact]
    public void By_bytes_of_both_directions_together()
    {
        var record = Record();
        record.Link.Counters.Join(_time.GetTimestamp(), 500);
        record.Link.Counters.Add(up: false, 524, _time.GetTimestamp());
        Assert.True(Fits(record, new ConnectionFilter { BytesOver = 1024 }));
        Assert.False(Fits(record, new ConnectionFilter { BytesOver = 1025 }));
    }

    [Fact]
    public void Its_state_is_the_phase_of_the_record_until_the_link_closes()
    {
        var record = Record();
        Assert.Equal(ConnectionPhase.Peeking, View(record).Phase);
        record.Phase = ConnectionPhase.Redialling;
        Assert.Equal(ConnectionPhase.Dialling, View(record).Phase);
        record.Phase = ConnectionPhase.Joined;
        Assert.Equal(ConnectionPhase.Joined, View(record).Phase);
        Assert.True(Fits(record, new ConnectionFilter { State = ConnectionPhase.Joined }));
        Assert.False(Fits(record, new ConnectionFilter { State = ConnectionPhase.Dialling }));
        record.Link.Close(CloseReason.Killed, CloseMode.Reset);
        Assert.Equal(ConnectionPhase.Closing, View(record).Phase);
    }

    [Fact]
    public void It_is_idle_since_its_last_byte_and_before_that_since_accept()
    {
        var record = Record();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(10), View(record).Idle);
        record.Link.Counters.Join(_time.GetTimestamp(), 1);
        _time.Advance(TimeSpan.FromSeconds(5));
        record.Link.Counters.Add(up: false, 1, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), View(record).Idle);
        Assert.Equal(TimeSpan.FromSeconds(17), View(record).Age);
    }
}
