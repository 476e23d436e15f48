using System.CommandLine;

namespace EdgeHost.Cli;

/// <summary><c>edge check -c FILE</c>: is this configuration one that would run?</summary>
internal static class CheckVerb
{
    public static Command Command()
    {
        var file = ConfigFile.Option();
        var command = new Command("check", "Read a configuration, tell every mistake in it, start nothing. Exit code 2 if there is one.") { file };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(file)));
        return command.WithExample("edge check -c /etc/edge/edge.conf", "tell every mistake, start nothing");
    }

    private static int Run(string path)
    {
        if (ConfigFile.Load(path) is not { } settings || !Hosting.PbmHosting.Allows(settings))
            return ExitCode.BadConfiguration;
        Console.Out.WriteLine(
            $"{path} is fine: {settings.Listeners.Count} listener(s), {settings.Routes.Count} route(s), {settings.Backends.Count} backend(s).");
        return ExitCode.Fine;
    }
}
