namespace HaproxyImport.Tests;

public sealed class BindImportSpecs
{
    [Theory]
    [InlineData("*:443", "0.0.0.0:443")]
    [InlineData(":443", "0.0.0.0:443")]
    [InlineData("0.0.0.0:443", "0.0.0.0:443")]
    [InlineData("ipv4@:443", "0.0.0.0:443")]
    [InlineData("ipv6@:443", "*:443")]
    [InlineData("ipv6@:443 v6only", "[::]:443")]
    [InlineData(":::443", "*:443")]
    [InlineData("[::]:443 v4v6", "*:443")]
    [InlineData(":::443 v6only", "[::]:443")]
    [InlineData("::1:443", "[::1]:443")]
    [InlineData("[2001:DB8::1]:443", "[2001:db8::1]:443")]
    [InlineData("192.0.2.1:443,192.0.2.2:8443", "192.0.2.1:443 192.0.2.2:8443")]
    [InlineData("192.0.2.1:443-445", "192.0.2.1:443 192.0.2.1:444 192.0.2.1:445")]
    [InlineData("*:443 name main id 7 mode 600 tcp-ut 30s", "0.0.0.0:443")]
    public void Addresses_are_those_that_HAProxy_listens_on(string bind, string addresses) =>
        Assert.Equal(
            addresses,
            string.Join(' ', Imported.Text($"frontend tls\nbind {bind}\ndefault_backend web\n{Imported.Rest}").Listener().Binds));

    /// <summary>The system gives a port of IPv4 to the socket that asks for it by name.</summary>
    [Fact]
    public void Both_families_on_a_port_of_their_own_are_two_sockets() =>
        Assert.Equal(
            "[::]:443 0.0.0.0:443",
            string.Join(
                ' ', Imported.Text($"frontend tls\nbind :::443\nbind *:443\ndefault_backend web\n{Imported.Rest}").Listener().Binds));

    [Theory]
    [InlineData("*:443 ssl crt x.pem", "HAProxy ends TLS here")]
    [InlineData("/run/edge.sock", "TCP alone")]
    [InlineData("unix@/run/edge.sock", "TCP alone")]
    [InlineData("abns@edge", "no port")]
    [InlineData("fd@3", "no port")]
    [InlineData("quic4@:443", "TCP alone")]
    [InlineData("*", "no port")]
    [InlineData("*:0", "expected a port")]
    [InlineData("*:65536", "expected a port")]
    [InlineData("*:1-65535", "at most 1000 ports")]
    [InlineData("web.internal:443", "rather than a name")]
    [InlineData("1:443", "rather than a name")]
    [InlineData("*:443 warp 9", "warp: this option is not known here")]
    [InlineData("*:443 interface eth0", "no such option")]
    public void What_Edge_cannot_listen_on_is_told(string bind, string words) =>
        Imported.Text($"frontend tls\nbind {bind}\nbind 127.0.0.1:4443\ndefault_backend web\n{Imported.Rest}").Tells(2, words).Listener();

    [Fact]
    public void Without_an_address_a_listen_section_is_a_backend()
    {
        var imported = Imported.Text("listen web\nserver s1 10.0.0.1:443\nfrontend tls\nbind 127.0.0.1:443\ndefault_backend web")
            .Tells(1, "as a backend");
        Assert.Equal("web", imported.Routes()["*"]);
    }

    [Fact]
    public void A_range_has_at_most_a_thousand_ports()
    {
        Assert.Equal(1000, Read("*:1-1000").Count);
        Assert.Empty(Read("*:1-1001"));
        static IReadOnlyList<BindAddress> Read(string address) =>
            BindLine.Read(new HaproxyLine("haproxy.cfg", 1, ["bind", address]), new ImportNotes())?.Addresses ?? [];
    }

    [Fact]
    public void Listeners_that_ask_for_a_PROXY_header_are_apart()
    {
        var imported = Imported.Text($"frontend tls\nbind 127.0.0.1:443\nbind 127.0.0.1:444 accept-proxy\ndefault_backend web\n{Imported.Rest}").Tells(3, "accept-proxy.from");
        var listeners = imported.Settings().Listeners;
        Assert.Equal(["tls", "tls-proxied"], listeners.Select(static listener => listener.Name));
        Assert.Null(listeners[0].AcceptProxy);
        Assert.Equal(2, listeners[1].AcceptProxy!.Count);
    }

    [Fact]
    public void Backlog_is_that_of_the_address_or_of_the_frontend()
    {
        Assert.Equal(
            77, Imported.Text($"frontend tls\nbind *:443 backlog 77\nbacklog 9\ndefault_backend web\n{Imported.Rest}").Listener().Backlog);
        Assert.Equal(9, Imported.Text($"frontend tls\nbind *:443\nbacklog 9\ndefault_backend web\n{Imported.Rest}").Listener().Backlog);
    }
}
