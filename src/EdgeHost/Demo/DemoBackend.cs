using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeHost.Demo;

/// <summary>
/// A TLS web server as stands behind an Edge: it wants a PROXY v2 header first, has a certificate of its own, and answers with its
/// name and with the client's address as it saw it.
/// </summary>
internal sealed class DemoBackend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DemoBackend(WebApplication app, string serverName)
    {
        _app = app;
        ServerName = serverName;
    }

    public string ServerName { get; }

    public int Port => new Uri(_app.Urls.Single()).Port;

    /// <param name="bind">Null: on the loopback, on a port from the kernel.</param>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<DemoBackend> Start(string name, string serverName, IPEndPoint? bind = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(bind ?? new IPEndPoint(IPAddress.Loopback, 0), listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Use(ProxyProtocolConnection.Middleware);
            listen.UseHttps(Certificate(serverName));
        }));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(
            $"This is {name} ({serverName}). You are {context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}.\n"));
        await app.StartAsync();
        return new DemoBackend(app, serverName);
    }

    /// <summary>Waits for SIGTERM or Ctrl-C.</summary>
    public Task UntilStopped(CancellationToken cancel) => _app.WaitForShutdownAsync(cancel);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static X509Certificate2 Certificate(string serverName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={serverName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(serverName);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }
}

/// <summary>
/// Reads and trusts the PROXY v2 header of a connection before TLS begins. A connection without one, or with a malformed one, is
/// aborted; a LOCAL one (a health check) keeps its own address.
/// </summary>
internal static class ProxyProtocolConnection
{
    public static ConnectionDelegate Middleware(ConnectionDelegate next) => async connection =>
    {
        if (await Read(connection.Transport.Input, connection.ConnectionClosed) is not { } header)
        {
            connection.Abort();
            return;
        }
        if (header.Source is { } source)
            connection.RemoteEndPoint = source;
        await next(connection);
    };

    private static async ValueTask<ProxyHeader?> Read(PipeReader input, CancellationToken closed)
    {
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(closed);
                var status = ProxyHeaderReader.ReadV2(read.Buffer.ToArray(), out var header);
                if (status == ProxyHeaderStatus.Complete)
                {
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return header;
                }
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (status == ProxyHeaderStatus.Malformed || read.IsCompleted)
                    return null;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return null;
        }
    }
}
