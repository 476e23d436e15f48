using System.CommandLine;
using EdgeActors.Config;
using EdgeHost.Demo;
using EdgeHost.Hosting;

namespace EdgeHost.Cli;

/// <summary><c>edge demo</c>: two TLS backends and an Edge ahead of them, in one process.</summary>
internal static class DemoVerb
{
    public const int DefaultPort = 8443;

    public static Command Command()
    {
        var port = new Option<int>("--port") { Description = "The port to listen on, on 127.0.0.1.", DefaultValueFactory = _ => DefaultPort };
        var command = new Command("demo", "Run an Edge with two TLS backends of its own, and tell how to try it.") { port, DemoBackendVerb.Command() };
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
        var bound = (await program.Node.State.Listeners.Bound())[0].Port;
        program.Node.State.Log.Info("ready. Try, in another terminal:");
        foreach (var backend in new[] { app, api })
            program.Node.State.Log.Info($"  curl -k --resolve {backend.ServerName}:{bound}:127.0.0.1 https://{backend.ServerName}:{bound}/");
        program.Node.State.Log.Info("Ctrl-C ends it. What follows are the steps of each connection:");
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
