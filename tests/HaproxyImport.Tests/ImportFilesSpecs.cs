using EdgeActors.Config;
using EdgeHost.Tests.Harness;

namespace HaproxyImport.Tests;

/// <summary>
/// Whole configurations, each with what is expected of it in a .conf and a .notes beside it. <c>EDGE_WRITE_EXPECTED=1</c> writes those
/// anew, to be read before they are committed.
/// </summary>
public sealed class ImportFilesSpecs
{
    public static TheoryData<string> Files => [.. Imported.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_outcome_and_what_is_told_are_as_expected(string file)
    {
        var imported = Imported.File(file);
        var (conf, notes) = (Imported.Path(Path.ChangeExtension(file, ".conf")), Imported.Path(Path.ChangeExtension(file, ".notes")));
        var told = string.Concat(imported.Notes.Select(static note => $"{note.Kind} {note}\n"));
        if (Environment.GetEnvironmentVariable("EDGE_WRITE_EXPECTED") == "1")
        {
            File.WriteAllText(conf, imported.Hocon);
            File.WriteAllText(notes, told);
        }
        Assert.Equal(File.ReadAllText(conf), imported.Hocon);
        Assert.Equal(File.ReadAllText(notes), told);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Edge_takes_the_outcome(string file) => Imported.File(file).Settings();

    [Theory]
    [MemberData(nameof(Files))]
    public void The_same_input_gives_the_same_output(string file)
    {
        Assert.Equal(Imported.File(file).Hocon, Imported.File(file).Hocon);
        Assert.Equal(Imported.File(file).Notes, Imported.File(file).Notes);
    }

    /// <summary>A line that is neither told of nor missed when it is gone would be one that was forgotten.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Each_line_is_carried_over_or_told(string file)
    {
        var lines = File.ReadAllLines(Imported.Path(file));
        var whole = Imported.File(file);
        var forgotten = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            var words = HaproxyWords.Read(lines[i]).Words;
            if (words.Count == 0 || whole.Notes.Any(note => note.Line == i + 1) || SaysTheUsual(words))
                continue;
            var without = Imported.Text(string.Join('\n', [.. lines[..i], "# gone", .. lines[(i + 1)..]]), file);
            if (without.Hocon == whole.Hocon && without.Notes.SequenceEqual(whole.Notes))
                forgotten.Add($"{file}:{i + 1}: {lines[i]}");
        }
        Assert.Empty(forgotten);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_secret_is_copied(string file)
    {
        var imported = Imported.File(file);
        Assert.DoesNotContain("secret", imported.Hocon);
        Assert.DoesNotContain(imported.Notes, static note => note.ToString().Contains("secret", StringComparison.Ordinal));
    }

    /// <summary>They would test nothing if HAProxy did not take them.</summary>
    [RequiresToolFact("haproxy")]
    public async Task HAProxy_takes_each_of_the_files()
    {
        using var folder = new TestFolder();
        foreach (var file in Directory.GetFiles(Imported.Path("")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        var certificate = new TestCertificate("import.test");
        folder.Write("site.pem", certificate.Certificate + certificate.Key);
        foreach (var file in Imported.Files)
        {
            var environment = Imported.Environment.Select(static pair => $"{pair.Key}={pair.Value}");
            (await Tool.Run("env", [.. environment, Tool.Locate("haproxy"), "-c", "-C", folder.Path, "-f", folder.File(file)]))
                .ShouldSucceed();
        }
    }

    /// <summary>Lines that say what goes without saying, in both configurations.</summary>
    private static bool SaysTheUsual(IReadOnlyList<string> words) =>
        words is ["mode", "tcp"] or ["acl", ..] or ["disabled"] or ["global"] or ["stats", "enable"] or ["stats", "uri", "/"]
            or ["option", "tcp-check"] or ["tcp-request", "content", "accept", ..]
        || words[0] is "resolvers" or "defaults";
}
