using System.Buffers;
using System.CommandLine;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Config;
using EdgeActors.Protocol;
using EdgeHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeHost.Cli;

/// <summary><c>edge demo</c>: two TLS backends and an Edge ahead of them, in one process.</summary>
internal static class DemoVerb
{
    public const int DefaultPort = 8443;

    public static Command Command()
    {
        var port = new Option<int>("--port")
        {
            Description = "The port to listen on, on 127.0.0.1.",
            DefaultValueFactory = static _ => DefaultPort,
        };
        var command = new Command("demo", "Run Edge with two TLS backends, and print commands that try it.")
        {
            port, DemoBackendVerb.Command(),
        };
        command.SetAction((parsed, cancel) => Run(parsed.GetValue(port), cancel));
        return command
            .WithExample("edge demo", "on port 8443")
            .WithExample("edge demo --port 9443", "on another port");
    }

    public static async Task<int> Run(int port, CancellationToken cancel)
    {
        var starting = new[] { DemoBackend.Start("app", "app.demo.localhost"), DemoBackend.Start("api", "api.demo.localhost") };
        await using var app = await starting[0];
        await using var api = await starting[1];
        if (ConfigFile.Settings(EdgeSettingsReader.ReadText(Config(port, app, api), "demo")) is not { } settings)
            return ExitCode.BadConfiguration;

        await using var program = new EdgeProgram(settings);
        if (await program.Start(cancel) is { } failure)
        {
            Console.Error.WriteLine(failure);
            return ExitCode.Failed;
        }
        var (log, bound) = (program.Node.State.Log, (await program.Node.State.Listeners.Bound())[0].Port);
        log.Info("ready. Try, in another terminal:");
        foreach (var backend in new[] { app, api })
            log.Info($"  curl -k --resolve {backend.ServerName}:{bound}:127.0.0.1 https://{backend.ServerName}:{bound}/");
        log.Info("Ctrl-C ends it. What follows are the steps of each connection:");
        return await program.UntilStopped();
    }

    private static string Config(int port, DemoBackend app, DemoBackend api) => $$"""
        edge {
          listeners { demo { bind = "127.0.0.1:{{port}}" } }
          routes {
            "{{app.ServerName}}" = app
            "{{api.ServerName}}" = api
          }
          backends {
            app { servers = ["127.0.0.1:{{app.Port}}"] }
            api { servers = ["127.0.0.1:{{api.Port}}"] }
          }
          drain-timeout = 5s
        }
        """;
}

/// <summary><c>edge demo backend NAME</c>: one of the demo's backends by itself, for an Edge that runs elsewhere.</summary>
internal static class DemoBackendVerb
{
    public static Command Command()
    {
        var name = new Argument<string>("name") { Description = "The server name of its self-signed certificate." };
        var bind = new Option<string>("--bind")
        {
            Description = "The address and port to listen on.",
            HelpName = "ADDRESS:PORT",
            DefaultValueFactory = static _ => "127.0.0.1:0",
        };
        bind.Validators.Add(result =>
        {
            if (!IPEndPoint.TryParse(result.GetRequiredValue(bind), out _))
                result.AddError($"--bind {result.GetRequiredValue(bind)}: expected an address and a port, such as 127.0.0.1:9443");
        });
        var command = new Command(
            "backend", "Run one demo backend: a TLS web server that expects a PROXY header and names itself and its client.")
        {
            name, bind,
        };
        command.SetAction((parsed, cancel) => Run(parsed.GetRequiredValue(name), IPEndPoint.Parse(parsed.GetRequiredValue(bind)), cancel));
        return command.WithExample("edge demo backend app.demo.localhost --bind 127.0.0.1:9443", "for servers = [\"127.0.0.1:9443\"]");
    }

    private static async Task<int> Run(string name, IPEndPoint bind, CancellationToken cancel)
    {
        try
        {
            await using var backend = await DemoBackend.Start(name.Split('.')[0], name, bind);
            Console.Out.WriteLine($"{name} on {bind.Address}:{backend.Port}");
            await backend.UntilStopped(cancel);
            return ExitCode.Fine;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"cannot listen on {bind}: {e.Message}");
            return ExitCode.Failed;
        }
    }
}

/// <summary>A TLS web server behind an Edge: requires a PROXY v2 header, and answers with its name and the client's address.</summary>
internal sealed class DemoBackend(WebApplication app, string serverName) : IAsyncDisposable
{
    public string ServerName => serverName;

    public int Port => new Uri(app.Urls.Single()).Port;

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

    public Task UntilStopped(CancellationToken cancel) => app.WaitForShutdownAsync(cancel);

    public ValueTask DisposeAsync() => app.DisposeAsync();

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

/// <summary>Reads and trusts the PROXY v2 header of a connection. A connection without one, or with a malformed one, is aborted; a LOCAL
/// one (a health check) keeps its own address.</summary>
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
