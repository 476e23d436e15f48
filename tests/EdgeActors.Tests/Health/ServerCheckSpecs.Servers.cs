using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using EdgeActors.Health;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Health;

/// <summary>Checks of Unix sockets, of several addresses, and with path <c>*</c>.</summary>
public sealed partial class ServerCheckSpecs
{
    [LinuxTheory]
    [InlineData(CheckHeader.Local, "0D0A0D0A000D0A515549540A20000000")]
    [InlineData(CheckHeader.Proxy, "0D0A0D0A000D0A515549540A2111000C7F0000017F00000100000000")]
    [InlineData(CheckHeader.Off, "")]
    public async Task A_check_of_a_unix_socket_sends_its_header(CheckHeader header, string sent)
    {
        using var at = new UnixServer().Listen();
        var checking = Run(CheckKind.Tcp, with: settings => settings with { SendProxy = header }, server: at.EndPoint);
        using var socket = await at.Accept();
        var got = await Eventually.Within(ReadToEnd(new NetworkStream(socket)));
        Assert.Equal("L4OK", (await checking).ToString());
        Assert.Equal(sent, Convert.ToHexString(got));
    }

    [LinuxFact]
    public async Task A_check_of_a_unix_socket_may_be_of_tls_and_http()
    {
        using var at = new UnixServer().Listen();
        var checking = Run(CheckKind.Https, with: settings => settings with { SendProxy = CheckHeader.Local }, server: at.EndPoint);
        using var socket = await at.Accept();
        await Transport.LinkHarness.ReadExactly(socket, ProxyHeaderV2.FixedLength);
        await using var tls = new SslStream(new NetworkStream(socket));
        await Eventually.Within(tls.AuthenticateAsServerAsync(Certificate));
        Assert.Contains("\r\nHost: localhost\r\n", await ReadRequest(tls));
        await tls.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        Assert.Equal("L7OK 200", (await checking).ToString());
    }

    [LinuxFact]
    public async Task A_check_of_an_unreachable_unix_socket_shows_the_systems_error()
    {
        using var at = new UnixServer();
        Assert.Equal("L4CON no such file or directory", (await Run(CheckKind.Tcp, server: at.EndPoint)).ToString());
        at.Bind();
        Assert.Equal("L4CON connection refused", (await Run(CheckKind.Http, server: at.EndPoint)).ToString());
        var file = Path.GetTempFileName();
        Assert.True(UnixEndPoint.TryRead($"unix:{file}/app.sock", out var below, out _));
        Assert.Equal($"L4CON {file} is no folder", (await Run(CheckKind.Tcp, server: below)).ToString());
        File.Delete(file);
        Assert.True(UnixEndPoint.TryRead($"unix:{file}", out var other, out _));
        using var datagrams = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        datagrams.Bind(other.Portable);
        Assert.Equal("L4CON it is no stream socket", (await Run(CheckKind.Tcp, server: other)).ToString());
        File.Delete(file);
    }

    [LinuxFact]
    public async Task A_check_of_a_unix_socket_with_a_full_backlog_fails_with_L4TOUT()
    {
        using var at = new UnixServer().Listen(1);
        at.Fill();
        Assert.Equal(
            "L4TOUT its backlog stayed full", (await Run(CheckKind.Tcp, TimeSpan.FromMilliseconds(100), server: at.EndPoint)).ToString());
    }

    /// <summary>A transport on which one address does not answer.</summary>
    private sealed class PartlyLostDialler(EndPoint lost) : Dialler, ITransport
    {
        async Task<Socket> ITransport.Probe(EndPoint server, IPAddress? source, CancellationToken cancel)
        {
            if (server.Equals(lost))
                await Task.Delay(Timeout.Infinite, cancel);
            return await EdgeActors.Transport.Sockets.SocketCalls.Connect(server, source, cancel);
        }
    }

    [Fact]
    public async Task An_address_that_does_not_answer_leaves_time_for_the_next_one()
    {
        Serve(Hang);
        var backend = TestSettings.Backend() with
        {
            Health = TestSettings.Health() with { Timeout = Eventually.Deadline / 6, SendProxy = CheckHeader.Off },
        };
        var (lost, found) = (TestSettings.Server(0), _listener.LocalEndPoint!);
        var server = new BackendPlan(backend, [[lost, found]]).ToPool(null, TimeProvider.System).Servers[0];
        var outcome = await Eventually.Within(new ServerCheck(new PartlyLostDialler(lost), TimeProvider.System).Run(backend, server));
        Assert.Equal(("L4OK", found), (outcome.ToString(), outcome.Address));
    }

    [Fact]
    public async Task A_server_whose_name_has_no_address_is_not_dialled() =>
        Assert.Equal("L4CON no address", (await Run(CheckKind.Tcp, server: new DnsEndPoint("web.internal", 443))).ToString());

    [Fact]
    public async Task A_check_may_have_the_asterisk_path()
    {
        var request = "";
        Serve(async socket =>
        {
            await using var stream = new NetworkStream(socket);
            request = await ReadRequest(stream);
            await stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        });
        var http = new HttpCheckSettings("OPTIONS", "*", "www.example.org", TestSettings.Statuses("204"));
        Assert.Equal("L7OK 204", (await Run(CheckKind.Http, with: settings => settings with { Http = http })).ToString());
        await Eventually.Within(_serving);
        Assert.StartsWith("OPTIONS * HTTP/1.1\r\nHost: www.example.org\r\n", request);
    }
}
