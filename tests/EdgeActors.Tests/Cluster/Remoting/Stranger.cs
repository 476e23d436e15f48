using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Config;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>A client of a node that is no node, or does not behave like one.</summary>
internal sealed class Stranger : IDisposable
{
    private readonly TcpClient _client = new();
    private SslStream? _tls;

    public static async Task<Stranger> Connect(IPEndPoint node)
    {
        var stranger = new Stranger();
        await Eventually.Within(stranger._client.ConnectAsync(node));
        return stranger;
    }

    /// <summary>What the node has shown.</summary>
    public X509Certificate? Seen => _tls?.RemoteCertificate;

    private Stream Stream => _tls ?? (Stream)_client.GetStream();

    /// <summary>With a certificate, or without one.</summary>
    public async Task Handshake(ClusterTlsSettings? files)
    {
        _tls = new SslStream(_client.GetStream());
        await Eventually.Within(_tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "",
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            ClientCertificateContext = files is null
                ? null
                : SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), null, offline: true),
        }));
    }

    public Task Send(params byte[] bytes) => Stream.WriteAsync(bytes).AsTask();

    /// <summary>So many bytes, or fewer if the node ends before.</summary>
    public async Task<byte[]> Receive(int count)
    {
        var bytes = new byte[count];
        var got = await Eventually.Within(Stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false).AsTask());
        return bytes[..got];
    }

    /// <summary>Ends when the node has closed or reset the connection; it never says a word that means anything.</summary>
    public async Task IsLetGo()
    {
        var buffer = new byte[4096];
        try
        {
            while (await Eventually.Within(Stream.ReadAsync(buffer).AsTask()) > 0)
            {
                // An alert.
            }
        }
        catch (IOException)
        {
            // ECONNRESET, or an alert that TLS has read.
        }
    }

    /// <summary>Its side is over; what the node sends is still taken.</summary>
    public void End() => _client.Client.Shutdown(SocketShutdown.Send);

    public void Reset() => _client.Client.Close(0);

    public void Dispose()
    {
        _tls?.Dispose();
        _client.Dispose();
    }
}
