using System.CommandLine;
using System.Net;
using EdgeHost.Demo;

namespace EdgeHost.Cli;

/// <summary><c>edge demo backend NAME</c>: one of the demo's backends by itself, for an Edge that runs elsewhere.</summary>
internal static class DemoBackendVerb
{
    public static Command Command()
    {
        var name = new Argument<string>("name") { Description = "The server name that its certificate, made on the spot, is for." };
        var bind = new Option<string>("--bind")
        {
            Description = "Where to listen.",
            HelpName = "ADDRESS:PORT",
            DefaultValueFactory = static _ => "127.0.0.1:0",
        };
        bind.Validators.Add(result =>
        {
            if (!IPEndPoint.TryParse(result.GetRequiredValue(bind), out _))
                result.AddError($"--bind {result.GetRequiredValue(bind)}: expected an address and a port, such as 127.0.0.1:9443");
        });
        var command = new Command("backend", "Run one of its backends alone: a TLS web server that wants a PROXY header and says who it and its client are.")
        {
            name,
            bind,
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
