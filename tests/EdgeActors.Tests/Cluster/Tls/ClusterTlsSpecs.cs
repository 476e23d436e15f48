using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using EdgeActors.Cluster.Membership;
using EdgeActors.Cluster.Tls;
using EdgeActors.Config;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tls;

namespace EdgeActors.Tests.Cluster.Tls;

/// <summary>Two nodes that talk by Akka.Remote over TLS, and what others come to who try it on.</summary>
public sealed class ClusterTlsSpecs : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new("other");
    private readonly RemoteNode _a, _b;

    public ClusterTlsSpecs() => (_a, _b) = (new RemoteNode(_authority.Node("a")), new RemoteNode(_authority.Node("b")));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
    }

    private async Task IsUnharmed()
    {
        Assert.Equal("still there", await _a.Ask(_b, "still there"));
        Assert.False(_b.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task Two_nodes_of_one_authority_talk_either_way()
    {
        Assert.StartsWith("akka.ssl.tcp://", _a.Address.ToString(), StringComparison.Ordinal);
        Assert.Equal("hello", await _a.Ask(_b, "hello"));
        Assert.Equal("hello", await _b.Ask(_a, "hello"));
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_refused()
    {
        await IsUnharmed();
        await Refuses(null);
        await _b.HasLogged("did not provide a certificate");
        await IsUnharmed();
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        await IsUnharmed();
        await Refuses(_other.Node("mallory"));
        await _b.HasLogged("was not let in: its certificate (CN=mallory) is none of a node (");
        await IsUnharmed();
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        await IsUnharmed();
        await Refuses(_authority.Node("late", until: TestAuthority.Now.AddMinutes(-1)));
        await _b.HasLogged("was not let in: its certificate (CN=late) is none of a node (NotTimeValid)");
        await IsUnharmed();
    }

    [Fact]
    public async Task Plain_text_is_refused()
    {
        await IsUnharmed();
        using var client = await Connect(_b);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: edge\r\n\r\n"u8.ToArray());
        await IsClosed(client.GetStream());
        await _b.HasLogged("Rejected incoming connection from");
        await IsUnharmed();
    }

    [Fact]
    public async Task A_node_that_dials_one_of_another_authority_goes_on()
    {
        await using var mallory = new RemoteNode(_other.Node("mallory"));
        await Eventually.True(
            () =>
            {
                // One that is lost with a dial is not sent again.
                _a.System.ActorSelection($"{mallory.Address}/user/echo").Tell("hello", ActorRefs.NoSender);
                return Task.FromResult(_a.Log().Contains("its certificate (CN=mallory) is none of a node (", StringComparison.Ordinal));
            },
            _a.Log,
            Eventually.Deadline);
        // Akka.Remote has begun to shut the system down, and has been stopped.
        await Eventually.True(() => CoordinatedShutdown.Get(_a.System).ShutdownReason is { ExitCode: 79 }, "a shutdown");
        await Assert.ThrowsAnyAsync<Exception>(
            () => Eventually.Within(CoordinatedShutdown.Get(_a.System).Run(CoordinatedShutdown.UnknownReason.Instance)));
        Assert.False(_a.System.WhenTerminated.IsCompleted);
        await IsUnharmed();
    }

    private async Task Refuses(ClusterTlsSettings? files)
    {
        using var client = await Connect(_b);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await Eventually.Within(tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "",
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                ClientCertificates = files is null ? null : [X509Certificate2.CreateFromPemFile(files.Certificate, files.Key)],
                LocalCertificateSelectionCallback = static (_, _, own, _, _) => own is { Count: > 0 } ? own[0] : null!,
            }));
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // TLS 1.2 tells of the refusal within the handshake.
            return;
        }
        await IsClosed(tls);
    }

    private static async Task<TcpClient> Connect(RemoteNode node)
    {
        var client = new TcpClient();
        await Eventually.Within(client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, node.Address.Port!.Value)));
        return client;
    }

    private static async Task IsClosed(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            while (await Eventually.Within(stream.ReadAsync(buffer).AsTask()) > 0)
            {
                // An alert.
            }
        }
        catch (IOException)
        {
            // ECONNRESET, or an alert that TLS has read.
        }
    }
}
