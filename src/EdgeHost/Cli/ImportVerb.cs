using System.CommandLine;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Settings;
using HaproxyImport;

namespace EdgeHost.Cli;

/// <summary><c>edge import FILE...</c>: writes Edge's configuration from HAProxy's, and reports what is left to do by hand.</summary>
internal static class ImportVerb
{
    /// <summary>Maximum bytes of a file.</summary>
    private const int MaxSize = 4 << 20;

    /// <summary>Edge's rules that the importer needs.</summary>
    internal static EdgeSyntax Syntax { get; } = new(
        static text => ServerName.TryNormalize(text, out var name) ? name : null, static text => StatusSet.TryRead(text, out _));

    public static Command Command()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "The configuration of HAProxy: files, or directories of *.cfg files, in the order in which HAProxy reads them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var target = new Option<string?>("--out", "-o") { Description = "The file to write. Default: standard output.", HelpName = "FILE" };
        var strict = new Option<bool>("--strict") { Description = "Exit code 2 if a line was lost." };
        var command = new Command(
            "import",
            "Convert an HAProxy configuration, and report each line that is lost, changed, or not needed. "
            + "Exit code 2 if Edge would not run with the result.")
        {
            files, target, strict,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(files), parsed.GetValue(target), parsed.GetValue(strict)));
        return command
            .WithExample("edge import /etc/haproxy/haproxy.cfg", "to standard output, the report to standard error")
            .WithExample("edge import /etc/haproxy/conf.d --strict -o edge.conf", "all *.cfg files of a directory; fail if a line is lost");
    }

    private static int Run(string[] paths, string? target, bool strict)
    {
        var sources = new List<ImportSource>();
        foreach (var path in paths)
        {
            if (Files(path, out var problem) is not { } files)
                return Fail(path, problem);
            foreach (var file in files)
            {
                if (Read(file, out problem) is not { } text)
                    return Fail(file, problem);
                sources.Add(new ImportSource(file, text));
            }
        }
        if (target is not null && sources.Exists(source => IsSameFile(source.Name, target)))
            return Fail(target, "this file is the input: name another one to write to");
        // A file that the configuration names is looked for in this folder, then beside the configuration.
        string[] folders = [
            "", .. sources.Select(static source => Path.GetDirectoryName(source.Name) ?? "").Distinct(StringComparer.Ordinal)];
        var result = HaproxyImporter.Run(
            sources, name =>
                folders.Select(folder => Read(Path.Combine(folder, name), out _)).FirstOrDefault(static text => text is not null), Syntax);
        try
        {
            if (target is null)
                Console.Out.Write(result.Hocon);
            else
                File.WriteAllText(target, result.Hocon);
        }
        catch (Exception e) when (target is not null && IsFileProblem(e))
        {
            return Fail(target, e.Message);
        }
        var lost = Report(result.Notes);
        // The target's path, because relative file names are resolved from its folder.
        var errors = EdgeSettingsReader.ReadText(result.Hocon, target ?? "the result").Errors;
        foreach (var error in errors)
            Console.Error.WriteLine(error);
        if (errors.Count > 0)
            Console.Error.WriteLine($"{errors.Count} error(s) in what was written: Edge does not run with it as it is.");
        return errors.Count > 0 || (strict && lost > 0) ? ExitCode.BadConfiguration : ExitCode.Fine;
    }

    private static int Fail(string path, string problem)
    {
        Console.Error.WriteLine($"{path}: {problem}");
        return ExitCode.Failed;
    }

    /// <returns>The number of lost lines.</returns>
    private static int Report(IReadOnlyList<ImportNote> notes)
    {
        (ImportNoteKind Kind, string Heading)[] kinds =
        [
            (ImportNoteKind.Lost, "Lost:"), (ImportNoteKind.Changed, "Changed:"), (ImportNoteKind.NothingToDo, "Nothing to do:"),
        ];
        foreach (var (kind, heading) in kinds)
        {
            if (Lines(kind) == 0)
                continue;
            Console.Error.WriteLine(heading);
            foreach (var note in notes.Where(note => note.Kind == kind))
                Console.Error.WriteLine(note);
        }
        Console.Error.WriteLine($"{Lines(ImportNoteKind.Lost)} line(s) lost, {Lines(ImportNoteKind.Changed)} changed, "
            + $"{Lines(ImportNoteKind.NothingToDo)} with nothing to do.");
        return Lines(ImportNoteKind.Lost);

        int Lines(ImportNoteKind kind) => notes.Where(note => note.Kind == kind).DistinctBy(static note => (note.File, note.Line)).Count();
    }

    /// <summary>The file, or the *.cfg files of the directory sorted by name, as HAProxy reads them.</summary>
    private static string[]? Files(string path, out string problem)
    {
        problem = "";
        if (!Directory.Exists(path))
            return [path];
        try
        {
            string[] files = [.. Directory.GetFiles(path, "*.cfg").Order(StringComparer.Ordinal)];
            problem = files.Length == 0 ? "this directory has no *.cfg file: name the files" : "";
            return files.Length == 0 ? null : files;
        }
        catch (Exception e) when (IsFileProblem(e))
        {
            problem = e.Message;
            return null;
        }
    }

    private static bool IsSameFile(string one, string other) => Final(one) == Final(other);

    /// <summary>The path with symbolic links resolved.</summary>
    private static string Final(string path) =>
        (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);

    private static bool IsFileProblem(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>Reads UTF-8, or what a byte order mark says. Invalid bytes become replacement characters, which no name contains.</summary>
    private static string? Read(string path, out string problem)
    {
        problem = "";
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[MaxSize + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            using var text = new StreamReader(new MemoryStream(bytes, 0, count), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            if (count <= MaxSize)
                return text.ReadToEnd();
            problem = $"it is larger than {MaxSize >> 20} MiB";
        }
        catch (Exception e) when (IsFileProblem(e))
        {
            problem = e.Message;
        }
        return null;
    }
}
