using System.Text;
using EdgeActors.Config;

namespace HaproxyImport.Tests;

/// <summary>Whatever the input is, the outcome is text that can be read, and notes.</summary>
public sealed class HostileImportSpecs
{
    public static TheoryData<string> Files => [.. Imported.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_that_is_cut_anywhere_gives_notes(string file)
    {
        var text = File.ReadAllText(Imported.Path(file));
        for (var length = 0; length <= text.Length; length++)
        {
            var imported = Imported.Text(text[..length], file);
            // Reading is the slow half, and the words of a line make little difference to it.
            if (length == text.Length || text[length] == '\n')
                ShouldBeReadable(imported);
        }
    }

    [Fact]
    public void Binary_gives_notes()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(2000)];
            random.NextBytes(bytes);
            ShouldBeReadable(Imported.Text(Encoding.UTF8.GetString(bytes)));
            ShouldBeReadable(Imported.Text("frontend a\nbind *:443\n" + Encoding.Latin1.GetString(bytes)));
        }
    }

    /// <summary>Words of the language in any order, which is closer to the mark than binary.</summary>
    [Fact]
    public void Words_in_any_order_give_notes()
    {
        var words = Imported.Files.SelectMany(
            static file =>
                File.ReadAllText(Imported.Path(file)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Distinct().ToArray();
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var text = new StringBuilder("defaults\nmode tcp\nfrontend f\nbind *:443\n");
            for (var word = 0; word < 300; word++)
                text.Append(words[random.Next(words.Length)]).Append(random.Next(4) == 0 ? '\n' : ' ');
            ShouldBeReadable(Imported.Text(text.ToString()));
        }
    }

    /// <summary>Each line of the files, with words missing at its end, added or doubled.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Lines_without_their_arguments_give_notes(string file)
    {
        var lines = File.ReadAllLines(Imported.Path(file));
        for (var i = 0; i < lines.Length; i++)
        {
            var words = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (var count = 1; count <= words.Length; count++)
            {
                foreach (var changed in new[] { string.Join(' ', words[..count]), string.Join(' ', words) + " " + words[count - 1] })
                {
                    var imported = Imported.Text(string.Join('\n', [.. lines[..i], changed, .. lines[(i + 1)..]]), file);
                    if (count == Math.Max(1, words.Length - 1))
                        ShouldBeReadable(imported);
                }
            }
        }
    }

    [Fact]
    public void Huge_lines_give_notes()
    {
        ShouldBeReadable(Imported.Text(new string('x', 3_000_000)));
        ShouldBeReadable(
            Imported.Frontend(
                "acl known req.ssl_sni " + string.Concat(Enumerable.Range(0, 100_000).Select(static i => $"n{i}.test "))
                    + "\nuse_backend web if known").Tells(4, "more than 10000 names"));
        ShouldBeReadable(
            Imported.Frontend(
                "use_backend web if " + string.Concat(Enumerable.Repeat("{ req.ssl_sni a.test } or ! { src 10.0.0.1 } or ", 20_000))
                    + "TRUE"));
        ShouldBeReadable(
            Imported.Frontend(
                "use_backend web unless " + string.Concat(Enumerable.Repeat("{ req.ssl_sni a.test } { req.ssl_sni b.test } or ", 200))
                    + "TRUE"));
        ShouldBeReadable(
            Imported.Text(
                string.Concat(Enumerable.Repeat("frontend f\n", 5000)) + string.Concat(Enumerable.Repeat("acl a src 10.0.0.1\n", 14_000))));
    }

    [Fact]
    public void A_file_of_too_many_lines_is_read_so_far()
    {
        var text = string.Concat(Enumerable.Repeat("# comment\n", HaproxyFile.MaxLines - 1));
        Assert.DoesNotContain(Imported.Text(text).Notes, static note => note.Line > 1);
        Imported.Text(text + "global\nglobal").Tells(HaproxyFile.MaxLines + 1, $"more than {HaproxyFile.MaxLines} lines");
    }

    [Fact]
    public void Sections_and_lines_that_nobody_knows_give_notes() => Imported.Text("""
        stray line
        global
        quantum-mode on
        frontend f
        bind :443
        tachyons 3
        """).Tells(1, "it stands in no section").Tells(3, "quantum-mode: this is not known to the import").Tells(6, "tachyons: this is not known to the import");

    /// <summary>It is HOCON, if not always something that Edge would run with; and each note is of a line and on one line.</summary>
    private static void ShouldBeReadable(Imported imported)
    {
        var read = EdgeSettingsReader.ReadText(imported.Hocon, "outcome", static _ => "1");
        Assert.DoesNotContain(read.Errors, static error => error.Column > 0);
        Assert.All(imported.Notes, static note =>
        {
            Assert.True(note.Line > 0);
            Assert.DoesNotContain('\n', note.What + note.Instead);
            Assert.True((note.What + note.Instead).Length < 1000, note.ToString());
        });
    }
}
