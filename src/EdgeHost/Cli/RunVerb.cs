using System.CommandLine;
using EdgeActors.Config;
using EdgeHost.Hosting;

namespace EdgeHost.Cli;

/// <summary><c>edge run -c FILE</c>: balance until told to stop.</summary>
internal static class RunVerb
{
    public static Command Command()
    {
        var file = ConfigFile.Option();
        var command = new Command("run", "Run with a configuration until Ctrl-C or SIGTERM, then drain. A second signal ends at once.") { file };
        command.SetAction((parsed, cancel) => Run(parsed.GetRequiredValue(file), cancel));
        return command.WithExample("edge run -c /etc/edge/edge.conf", "balance until Ctrl-C or SIGTERM");
    }

    private static async Task<int> Run(string path, CancellationToken cancel)
    {
        var read = EdgeSettingsReader.Load(path);
        if (ConfigFile.Settings(read) is not { } settings || !PbmHosting.Allows(settings))
            return ExitCode.BadConfiguration;
        await using var program = new EdgeProgram(settings, source: new ConfigSource(path, read.Files));
        if (await program.Start(cancel) is { } failure)
        {
            Console.Error.WriteLine(failure);
            return ExitCode.Failed;
        }
        return await program.UntilStopped();
    }
}
