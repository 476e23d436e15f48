using System.CommandLine;
using System.Net;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeHost.Control;
using EdgeHost.Handover;
using EdgeHost.Hosting;

namespace EdgeHost.Cli;

/// <summary><c>edge run -c FILE</c>: balance until told to stop.</summary>
internal static class RunVerb
{
    public static Command Command()
    {
        var file = ConfigFile.Option();
        var command = new Command(
            "run", "Run with a configuration until Ctrl-C or SIGTERM, then drain. A second signal ends at once.") { file };
        command.SetAction((parsed, cancel) => Run(parsed.GetRequiredValue(file), cancel));
        return command.WithExample("edge run -c /etc/edge/edge.conf", "run until Ctrl-C or SIGTERM");
    }

    private static async Task<int> Run(string path, CancellationToken cancel)
    {
        using var keeper = KeeperSession.Attach(out var error);
        if (error is not null)
        {
            Console.Error.WriteLine(error);
            return ExitCode.Failed;
        }
        if (keeper is null)
            return await Run(path, null, cancel);
        if (!keeper.IsDue)
            await WarmUp(path);
        if (!keeper.Take())
            return ExitCode.Fine;
        var code = await Run(path, keeper, cancel);
        keeper.SayBye(code);
        return code;
    }

    private static async Task<int> Run(string path, KeeperSession? keeper, CancellationToken cancel)
    {
        var read = EdgeSettingsReader.Load(path);
        if (ConfigFile.Settings(read) is not { } settings || !PbmHosting.Allows(settings))
            return ExitCode.BadConfiguration;
        if (settings.Upgrade.Keeper && keeper is null)
        {
            using var parent = new Keeper();
            return parent.Run();
        }
        await using var program = new EdgeProgram(settings, source: new ConfigSource(path, read.Files), keeper: keeper);
        if (await program.Start(cancel) is { } failure)
        {
            Console.Error.WriteLine(failure);
            return ExitCode.Failed;
        }
        return await program.UntilStopped();
    }

    /// <summary>Compiles the code of a start and loads its assemblies while another process serves: a start takes a quarter of the time
    /// then.</summary>
    private static async Task WarmUp(string path)
    {
        _ = EdgeSettingsReader.Load(path);
        HandoverBatch.WarmUp();
        const string Least = """
            edge {
              listeners { warm-up { bind = "127.0.0.1:0" } }
              routes { "*" = none }
              backends { none { servers = ["127.0.0.1:1"], health.enabled = off } }
              http-redirect.bind = "127.0.0.1:0"
              admin { bind = "127.0.0.1:0", metrics-auth = off }
            }
            """;
        await using var program = new EdgeProgram(EdgeSettingsReader.ReadText(Least).Settings!, Stream.Null, isWarmUp: true);
        await program.Start(CancellationToken.None);
    }
}

/// <summary><c>edge check -c FILE</c>: reports whether this configuration is valid.</summary>
internal static class CheckVerb
{
    public static Command Command()
    {
        var file = ConfigFile.Option();
        var resolve = new Option<bool>("--resolve") { Description = "Resolve the host names of servers, too." };
        var command = new Command("check", "Read a configuration and report every error and warning. Exit code 2 if there is an error.")
        {
            file, resolve,
        };
        command.SetAction((parsed, _) => Run(parsed.GetRequiredValue(file), parsed.GetValue(resolve)));
        return command
            .WithExample("edge check -c /etc/edge/edge.conf", "report every error and warning")
            .WithExample("edge check -c /etc/edge/edge.conf --resolve", "resolve the host names of servers, too");
    }

    private static async Task<int> Run(string path, bool resolve)
    {
        var read = EdgeSettingsReader.Load(path);
        if (ConfigFile.Settings(read) is not { } settings || !PbmHosting.Allows(settings))
            return ExitCode.BadConfiguration;
        foreach (var warning in read.Warnings)
            Console.Error.WriteLine($"warning: {warning}");
        WarnOfSocket("edge.control.socket", settings.Control.Socket);
        WarnOfSocket("edge.upgrade.socket", settings.Upgrade.Socket);
        if (resolve && !await Resolve(settings))
            return ExitCode.BadConfiguration;
        var routes = settings.Routes.Count + settings.Listeners.Sum(static listener => listener.Routes?.Count ?? 0);
        Console.Out.WriteLine(
            $"{path} is fine: {settings.Listeners.Count} listener(s), {routes} route(s), {settings.Backends.Count} backend(s).");
        return ExitCode.Fine;
    }

    /// <summary>No error: the image is checked before its folders are there.</summary>
    private static void WarnOfSocket(string key, string? path)
    {
        if (path is not null && ControlSocket.ObstacleAt(path) is { } obstacle)
            Console.Error.WriteLine($"warning: {key}: {obstacle}");
    }

    /// <returns>False if a host name has no address, so that Edge would not start.</returns>
    private static async Task<bool> Resolve(EdgeSettings settings)
    {
        try
        {
            foreach (var pool in await ServerAddresses.Resolve(settings))
            {
                foreach (var server in pool.Servers.Where(static server => server.Settings.EndPoint is DnsEndPoint))
                {
                    Console.Out.WriteLine($"server {pool.Name}/{server.Name}: {((DnsEndPoint)server.Settings.EndPoint).Host} "
                        + (server.HasAddress
                            ? $"has {string.Join(", ", server.Addresses)}"
                            : "has no address, the server is DOWN until it has one"));
                }
            }
            return true;
        }
        catch (ServerAddressException e)
        {
            Console.Error.WriteLine(e.Message);
            return false;
        }
    }
}

/// <summary>The option <c>-c FILE</c>, and what to say when the file has errors.</summary>
internal static class ConfigFile
{
    public static Option<string> Option() => new("--config", "-c")
    {
        Description = "The HOCON configuration file; hocon/edge.conf has the default of each key.",
        HelpName = "FILE",
        Required = true,
    };

    /// <returns>Null when there are errors; then they have been written to standard error, one a line.</returns>
    public static EdgeSettings? Load(string path) => Settings(EdgeSettingsReader.Load(path));

    public static EdgeSettings? Settings(EdgeSettingsResult result)
    {
        foreach (var error in result.Errors)
            Console.Error.WriteLine(error);
        if (result.Settings is null)
            Console.Error.WriteLine($"{result.Errors.Count} error(s) in the configuration, nothing was started.");
        return result.Settings;
    }
}
