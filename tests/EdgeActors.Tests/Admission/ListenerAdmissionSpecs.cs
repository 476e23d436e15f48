using System.Net;
using EdgeActors.Admission;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

public class ListenerAdmissionSpecs
{
    private readonly ManualTime _time = new();

    private ListenerAdmission Of(RateLimitSettings? limit) => new(TestSettings.Listener(limit), _time);

    private static AddressKey Address(string text) => AddressKey.From(IPAddress.Parse(text));

    [Fact]
    public void Alone_it_admits_50_and_refuses_the_51st()
    {
        var admission = Of(TestSettings.RateLimit());
        for (var i = 0; i < 50; i++)
            Assert.True(admission.AdmitsAlone(Address("192.0.2.1")));
        Assert.False(admission.AdmitsAlone(Address("192.0.2.1")));
        Assert.True(admission.AdmitsAlone(Address("192.0.2.2")));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(admission.AdmitsAlone(Address("192.0.2.1")));
    }

    [Fact]
    public void What_it_decides_alone_is_bounded_and_forgotten_after_a_while()
    {
        var admission = Of(TestSettings.RateLimit() with { TableSize = 100 });
        for (var i = 0; i < 300; i++)
            admission.AdmitsAlone(AddressKey.From(new IPAddress([10, 0, (byte)(i >> 8), (byte)i])));
        Assert.Equal(100, admission.DecidedAlone);
        _time.Advance(TimeSpan.FromSeconds(60));
        admission.AdmitsAlone(Address("192.0.2.1"));
        Assert.Equal(1, admission.DecidedAlone);
    }

    [Theory]
    [InlineData("192.0.2.7", false)]
    [InlineData("2001:db8::7", false)]
    [InlineData("192.0.3.7", true)]
    [InlineData("2001:db8:0:1::7", true)]
    public void The_kernel_drops_no_network_with_an_exception_in_it(string refused, bool isDropped)
    {
        Cidr Network(string text) => Cidr.TryParse(text, out var network, out _) ? network : throw new ArgumentException(text);
        var except = new AccessList([new(Network("192.0.2.9"), false), new(Network("2001:db8::9"), false)], deniesUnlisted: true);
        var admission = Of(TestSettings.RateLimit() with { Except = except, Key = new PrefixLengths(24, 64) });
        admission.Drops.Wake = static () => { };
        for (var i = 0; i < KernelDrops.Flood; i++)
            admission.OnRefusedAtOnce(admission.KeyOf(Address(refused)));
        Assert.Equal(isDropped ? 1 : 0, admission.Drops.Next(TimeSpan.FromSeconds(5), access: null).Added.Length);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.0")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.0")]
    [InlineData("2001:db8:1:2:3::4", "2001:db8:1::")]
    public void An_address_is_counted_as_its_network(string address, string network)
    {
        var admission = Of(TestSettings.RateLimit() with { Key = new PrefixLengths(24, 48) });
        Assert.Equal(IPAddress.Parse(network), admission.KeyOf(Address(address)).ToAddress());
    }

    [Fact]
    public void The_limits_are_on_and_off_one_by_one()
    {
        var rate = Of(TestSettings.RateLimit(limit: 1));
        var open = Of(TestSettings.RateLimit(limit: null, maxConnections: 1));
        var none = Of(null);
        Assert.Equal((true, false, true), (rate.LimitsRate, open.LimitsRate, open.LimitsOpen));
        Assert.Equal((false, false, false), (none.LimitsRate, none.LimitsOpen, rate.LimitsOpen));
        for (var i = 0; i < 2; i++)
        {
            Assert.True(rate.TryOpen(Address("192.0.2.1")));
            Assert.True(open.AdmitsAlone(Address("192.0.2.1")));
            Assert.True(none.TryOpen(Address("192.0.2.1")) && none.AdmitsAlone(Address("192.0.2.1")) && !none.Denies(Address("192.0.2.1")));
        }
        Assert.True(open.TryOpen(Address("192.0.2.1")));
        Assert.False(open.TryOpen(Address("192.0.2.1")));
        open.Close(Address("192.0.2.1"));
        Assert.Equal(0, open.OpenAddresses);
    }
}
