using System.CommandLine;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeHost.Cli;

/// <summary>The option <c>-c FILE</c>, and what to say when the file has mistakes.</summary>
internal static class ConfigFile
{
    public static Option<string> Option() => new("--config", "-c")
    {
        Description = "The HOCON file to run with; what it leaves out has the defaults of hocon/edge.conf.",
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
            Console.Error.WriteLine($"{result.Errors.Count} mistake(s) in the configuration, nothing was started.");
        return result.Settings;
    }
}
