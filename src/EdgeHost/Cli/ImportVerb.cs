using System.CommandLine;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Settings;
using HaproxyImport;

namespace EdgeHost.Cli;

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
