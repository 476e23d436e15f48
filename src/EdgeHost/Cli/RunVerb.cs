using System.CommandLine;
using System.Net;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeHost.Hosting;
using HaproxyImport;

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

/// <summary><c>edge check -c FILE</c>: reports whether this configuration is valid.</summary>
internal static class CheckVerb
{
    public static Command Command()
    {
        var file = ConfigFile.Option();
        var resolve = new Option<bool>("--resolve") { Description = "Look up the host names of servers, too." };
        var command = new Command("check", "Read a configuration, tell every mistake in it, start nothing. Exit code 2 if there is one.")
        {
            file, resolve,
        };
        command.SetAction((parsed, _) => Run(parsed.GetRequiredValue(file), parsed.GetValue(resolve)));
        return command
            .WithExample("edge check -c /etc/edge/edge.conf", "tell every mistake, start nothing")
            .WithExample("edge check -c /etc/edge/edge.conf --resolve", "look up the servers' host names, too");
    }

    private static async Task<int> Run(string path, bool resolve)
    {
        var read = EdgeSettingsReader.Load(path);
        if (ConfigFile.Settings(read) is not { } settings || !PbmHosting.Allows(settings))
            return ExitCode.BadConfiguration;
        foreach (var warning in read.Warnings)
            Console.Error.WriteLine($"warning: {warning}");
        if (resolve && !await Resolve(settings))
            return ExitCode.BadConfiguration;
        var routes = settings.Routes.Count + settings.Listeners.Sum(static listener => listener.Routes?.Count ?? 0);
        Console.Out.WriteLine(
            $"{path} is fine: {settings.Listeners.Count} listener(s), {routes} route(s), {settings.Backends.Count} backend(s).");
        return ExitCode.Fine;
    }

    /// <returns>False: Edge would not start, for a name has no address.</returns>
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
                            : "has no address, the server is DOWN until it has"));
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

/// <summary><c>edge import FILE</c>: an HAProxy configuration as one of Edge, and what is left to do by hand.</summary>
internal static class ImportVerb
{
    /// <summary>Bytes; far beyond any real configuration.</summary>
    private const int MaxSize = 4 << 20;

    /// <summary>Edge's rules that the importer needs.</summary>
    internal static EdgeSyntax Syntax { get; } = new(
        static text => ServerName.TryNormalize(text, out var name) ? name : null, static text => StatusSet.TryRead(text, out _));

    public static Command Command()
    {
        var file = new Argument<string>("FILE") { Description = "The configuration of HAProxy." };
        var target = new Option<string?>("--out", "-o") { Description = "Where to write; without it, standard output.", HelpName = "FILE" };
        var command = new Command(
            "import",
            "Write an HAProxy configuration as one of Edge, and tell each line that it could not carry over. "
            + "Exit code 2 if Edge would not run with the outcome.")
        {
            file, target,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(file), parsed.GetValue(target)));
        return command
            .WithExample("edge import /etc/haproxy/haproxy.cfg", "to standard output, what is left to do to standard error")
            .WithExample("edge import haproxy.cfg -o edge.conf", "into a file");
    }

    private static int Run(string path, string? target)
    {
        if (Read(path, out var problem) is not { } text)
        {
            Console.Error.WriteLine($"{path}: {problem}");
            return ExitCode.Failed;
        }
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        var result = HaproxyImporter.Run(
            text, Path.GetFileName(path), named => Read(named, out _) ?? Read(Path.Combine(folder, named), out _), Syntax);
        try
        {
            if (target is null)
                Console.Out.Write(result.Hocon);
            else
                File.WriteAllText(target, result.Hocon);
        }
        catch (Exception e) when (target is not null && IsFileProblem(e))
        {
            Console.Error.WriteLine($"{target}: {e.Message}");
            return ExitCode.Failed;
        }
        foreach (var note in result.Notes)
            Console.Error.WriteLine($"{path}:{note.Line}: {note.What}: {note.Instead}");
        var lines = result.Notes.Select(static note => note.Line).Distinct().Count();
        Console.Error.WriteLine($"{lines} line(s) to look at.");
        // With the target's path, so that files that it names are looked for in its folder.
        var errors = EdgeSettingsReader.ReadText(result.Hocon, target ?? "the outcome").Errors;
        foreach (var error in errors)
            Console.Error.WriteLine(error);
        if (errors.Count == 0)
            return ExitCode.Fine;
        Console.Error.WriteLine($"{errors.Count} mistake(s) in what was written: Edge does not run with it as it is.");
        return ExitCode.BadConfiguration;
    }

    private static bool IsFileProblem(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>Accepts bytes that are no UTF-8: they are no part of a name.</summary>
    private static string? Read(string path, out string problem)
    {
        problem = "";
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[MaxSize + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count <= MaxSize)
                return Encoding.UTF8.GetString(bytes, 0, count);
            problem = $"it is larger than {MaxSize >> 20} MiB";
        }
        catch (Exception e) when (IsFileProblem(e))
        {
            problem = e.Message;
        }
        return null;
    }
}
