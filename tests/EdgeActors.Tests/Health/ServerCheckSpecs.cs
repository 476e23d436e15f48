using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeActors.Health;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Health;

/// <summary>Checks over real sockets, of servers that do as the test says.</summary>
public sealed partial class ServerCheckSpecs : IDisposable
{
    private static readonly X509Certificate2 Certificate = NewCertificate();

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Task _serving = Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    /// <summary>Dials as every transport does.</summary>
    private class Dialler : ITransport
    {
        public string Name => "dialler";

        public int OpenLinks => 0;

        public IListenSocket Listen(ListenOptions options, IAcceptHandler handler) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Never gets through.</summary>
    private sealed class LostDialler : Dialler, ITransport
    {
        async Task<Socket> ITransport.Probe(EndPoint server, IPAddress? source, CancellationToken cancel)
        {
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException();
        }
    }

    private void Serve(Func<Socket, Task> does)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = Task.Run(async () =>
        {
            using var socket = await _listener.AcceptAsync();
            await does(socket);
        });
    }

    private void ServeTls(Func<SslStream, Task> does, Action<string>? named = null, int header = 0) => Serve(async socket =>
    {
        if (header > 0)
            await Transport.LinkHarness.ReadExactly(socket, header);
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                named?.Invoke(name ?? "");
                return Certificate;
            },
        });
        await does(tls);
    });

    private async Task<CheckOutcome> Run(
        CheckKind kind, TimeSpan? timeout = null, Func<HealthSettings, HealthSettings>? with = null, EndPoint? server = null,
        ITransport? transport = null, IPAddress? source = null)
    {
        var settings = TestSettings.Health() with { Check = kind, SendProxy = CheckHeader.Off, Timeout = timeout ?? Eventually.Deadline };
        settings = with?.Invoke(settings) ?? settings;
        var backend = TestSettings.Backend() with
        {
            Servers = [new ServerSettings("s0", server ?? _listener.LocalEndPoint!)], Health = settings, Source = source,
        };
        return await Eventually.Within(
            new ServerCheck(transport ?? new Dialler(), TimeProvider.System).Run(backend, backend.ToPool().Servers[0]));
    }

    private static async Task<byte[]> ReadToEnd(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    private static async Task<string> ReadRequest(Stream stream)
    {
        var request = new StringBuilder();
        var one = new byte[1];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
            request.Append((char)one[0]);
        return request.ToString();
    }

    private static Func<Socket, Task> Answer(string response) => async socket =>
    {
        await using var stream = new NetworkStream(socket);
        await ReadRequest(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(response));
    };

    /// <summary>To connect on a busy machine, so that it is the next layer whose time is over.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2);

    /// <summary>Says nothing for as long as the check stays.</summary>
    private static Task Hang(Socket socket) => ReadToEnd(new NetworkStream(socket));

    [Theory]
    [InlineData(CheckHeader.Local, "0D0A0D0A000D0A515549540A20000000")]
    [InlineData(CheckHeader.Off, "")]
    public async Task A_tcp_check_sends_the_header_and_nothing_else(CheckHeader header, string sent)
    {
        byte[] got = [];
        Serve(async socket => got = await ReadToEnd(new NetworkStream(socket)));
        var outcome = await Run(CheckKind.Tcp, with: settings => settings with { SendProxy = header });
        Assert.Equal((CheckStatus.L4Ok, "L4OK"), (outcome.Status, outcome.ToString()));
        await Eventually.Within(_serving);
        Assert.Equal(sent, Convert.ToHexString(got));
    }

    [Fact]
    public async Task A_proxy_header_has_the_checks_own_addresses()
    {
        byte[] got = [], expected = new byte[ProxyHeaderV2.Tcp4Length];
        Serve(async socket =>
        {
            ProxyHeaderV2.Write(expected, (IPEndPoint)socket.RemoteEndPoint!, (IPEndPoint)socket.LocalEndPoint!);
            got = await ReadToEnd(new NetworkStream(socket));
        });
        Assert.True((await Run(CheckKind.Tcp, with: settings => settings with { SendProxy = CheckHeader.Proxy })).Succeeded);
        await Eventually.Within(_serving);
        Assert.Equal(expected, got);
    }

    [Fact]
    public async Task A_server_that_refuses_fails_on_the_fourth_layer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal("L4CON refused", (await Run(CheckKind.Https)).ToString());
    }

    [Fact]
    public async Task One_that_does_not_answer_runs_into_the_timeout_of_the_fourth_layer()
    {
        var outcome = await Run(
            CheckKind.Https, TimeSpan.FromMilliseconds(50), server: TestSettings.Server(0), transport: new LostDialler());
        Assert.Equal("L4TOUT timed out", outcome.ToString());
        Assert.InRange(outcome.Duration, TimeSpan.FromMilliseconds(40), Eventually.Deadline);
    }

    [Fact]
    public async Task What_this_machine_cannot_do_is_said_to_be_its_own()
    {
        Serve(Hang);
        Assert.Equal(CheckStatus.SocketError, (await Run(CheckKind.Tcp, source: IPAddress.Parse("192.0.2.1"))).Status);
    }

    [Fact]
    public async Task An_ipv6_server_is_checked_as_any_other()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        var checking = Run(
            CheckKind.Tcp, with: settings => settings with { SendProxy = CheckHeader.Proxy }, server: listener.LocalEndPoint);
        using var socket = await Eventually.Within(listener.AcceptAsync());
        var got = await Eventually.Within(ReadToEnd(new NetworkStream(socket)));
        Assert.True((await checking).Succeeded);
        Assert.Equal(ProxyHeaderV2.Tcp6Length, got.Length);
    }

    [Theory]
    [InlineData("www.example.org")]
    [InlineData(null)]
    public async Task A_tls_check_handshakes_behind_the_header_and_reports_the_certificate(string? sni)
    {
        string? named = null;
        ServeTls(ReadToEnd, name => named = name, header: ProxyHeaderV2.FixedLength);
        var outcome = await Run(CheckKind.Tls, with: settings => settings with { Sni = sni, SendProxy = CheckHeader.Local });
        Assert.Equal("L6OK", outcome.ToString());
        Assert.Equal(new DateTimeOffset(Certificate.NotAfter.ToUniversalTime()), outcome.CertificateExpires);
        await Eventually.Within(_serving);
        Assert.Equal(sni ?? "", named);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", false, "L6RSP no handshake")]
    [InlineData("", false, "L6RSP closed")]
    [InlineData("", true, "L6RSP reset")]
    public async Task A_server_without_tls_fails_on_the_sixth_layer(string says, bool resets, string expected)
    {
        Serve(async socket =>
        {
            await socket.ReceiveAsync(new byte[2048]);
            if (says.Length > 0)
                await socket.SendAsync(Encoding.ASCII.GetBytes(says));
            if (resets)
                socket.LingerState = new LingerOption(true, 0);
        });
        Assert.Equal(expected, (await Run(CheckKind.Https)).ToString());
    }

    [Fact]
    public async Task One_that_is_silent_runs_into_the_timeout_of_the_sixth_layer()
    {
        Serve(Hang);
        Assert.Equal("L6TOUT timed out", (await Run(CheckKind.Tls, Enough)).ToString());
    }

    [Fact]
    public async Task An_http_check_asks_as_it_is_told()
    {
        var request = "";
        Serve(async socket =>
        {
            await using var stream = new NetworkStream(socket);
            request = await ReadRequest(stream);
            await stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        });
        var http = new HttpCheckSettings("HEAD", "/a/../b%2F?c=d", "www.example.org", TestSettings.Statuses("204"));
        var outcome = await Run(CheckKind.Http, with: settings => settings with { Http = http });
        Assert.Equal(("L7OK 204", 204), (outcome.ToString(), outcome.HttpStatus));
        await Eventually.Within(_serving);
        Assert.StartsWith("HEAD /a/../b%2F?c=d HTTP/1.1\r\n", request);
        Assert.Contains("\r\nHost: www.example.org\r\n", request);
        Assert.Contains("\r\nConnection: close\r\n", request);
    }

    [Theory]
    [InlineData(null, "127.0.0.1:PORT")]
    [InlineData("name.example", "name.example")]
    public async Task The_host_is_the_name_or_the_address(string? sni, string host)
    {
        var request = "";
        Serve(async socket => request = await ReadRequest(new NetworkStream(socket)));
        await Run(CheckKind.Http, with: settings => settings with { Sni = sni });
        Assert.Contains($"\r\nHost: {host.Replace("PORT", ((IPEndPoint)_listener.LocalEndPoint!).Port.ToString())}\r\n", request);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", "L7OK 200")] // the body is not waited for
    [InlineData("HTTP/1.0 399 Odd\r\n\r\n", "L7OK 399")]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "L7OK 200")]
    [InlineData("HTTP/1.1 500 Oh\r\n\r\n", "L7STS 500")]
    [InlineData("HTTP/1.1 400 Oh\r\n\r\n", "L7STS 400")]
    [InlineData("220 mail ESMTP\r\n\r\n", "L7RSP no HTTP response")]
    [InlineData("HTTP/1.1 2", "L7RSP closed without a response")]
    [InlineData("", "L7RSP closed without a response")]
    public async Task The_status_decides(string response, string expected)
    {
        Serve(Answer(response));
        Assert.Equal(expected, (await Run(CheckKind.Http)).ToString());
    }

    [Fact]
    public async Task A_response_that_does_not_come_runs_into_the_timeout_of_the_seventh_layer()
    {
        Serve(Hang);
        Assert.Equal("L7TOUT timed out", (await Run(CheckKind.Http, Enough)).ToString());
    }

    [Theory]
    [InlineData("200 OK", "L7OK 200")]
    [InlineData("503 Oh", "L7STS 503")]
    public async Task An_https_check_is_both(string status, string expected)
    {
        ServeTls(async tls =>
        {
            await ReadRequest(tls);
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"));
        });
        var outcome = await Run(CheckKind.Https);
        Assert.Equal(expected, outcome.ToString());
        Assert.NotNull(outcome.CertificateExpires);
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=check.test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
