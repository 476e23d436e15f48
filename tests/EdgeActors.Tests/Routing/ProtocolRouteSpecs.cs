using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Tests.Protocol;

namespace EdgeActors.Tests.Routing;

/// <summary>ALPN as the second condition of a route.</summary>
public class ProtocolRouteSpecs
{
    private static readonly ProtocolRoute[] Protocols = [new("acme-tls/1", "acme"), new("h2", "web-h2"), new("http/1.1", "web-h1")];

    private static readonly RouteTable Table = new(1, [
        new RouteSettings("a.example", "web", Protocols),
        new RouteSettings("only.example", null, [new("acme-tls/1", "acme")]),
        new RouteSettings("*.b.example", "web", Protocols),
        new RouteSettings("*", "rest", [new("acme-tls/1", "acme")]),
    ]);

    internal static AlpnList Offered(params string[] protocols)
    {
        var hello = HelloBytes.With(HelloBytes.Alpn(protocols));
        Assert.Equal(HelloStatus.Complete, ClientHelloReader.Read(hello, 16 * 1024, out var read));
        return read!.Alpn;
    }

    private static string? Find(string name, params string[] protocols) =>
        Table.TryFind(name, protocols.Length == 0 ? default : Offered(protocols), out var backend) ? backend : null;

    [Theory]
    [InlineData("a.example")]
    [InlineData("x.b.example")]
    public void The_first_protocol_of_the_clients_list_that_has_a_backend_wins(string name)
    {
        Assert.Equal("web-h2", Find(name, "h2", "http/1.1"));
        Assert.Equal("web-h1", Find(name, "http/1.1", "h2"));
        Assert.Equal("web-h1", Find(name, "spdy/3", "http/1.1", "h2"));
        Assert.Equal("acme", Find(name, "acme-tls/1"));
    }

    [Theory]
    [InlineData("a.example", "web")]
    [InlineData("x.b.example", "web")]
    [InlineData("z.example", "rest")]
    public void Other_protocols_and_none_have_the_default(string name, string backend)
    {
        Assert.Equal(backend, Find(name));
        Assert.Equal(backend, Find(name, "imap"));
        Assert.Equal(backend, Find(name, "H2"));
        Assert.Equal(backend, Find(name, "acme-tls/1.1"));
    }

    [Fact]
    public void The_default_route_may_ask_for_protocols_too() => Assert.Equal("acme", Find("z.example", "h2", "acme-tls/1"));

    [Fact]
    public void Without_a_default_a_name_with_other_protocols_is_not_routed_not_even_by_a_less_specific_route()
    {
        Assert.Equal("acme", Find("only.example", "acme-tls/1"));
        Assert.Null(Find("only.example", "h2"));
        Assert.Null(Find("only.example"));
    }

    [Fact]
    public void Finding_allocates_nothing()
    {
        var offered = Offered("h2", "http/1.1");
        Assert.True(Table.TryFind("www.x.b.example", offered, out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Table.TryFind("www.x.b.example", offered, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
