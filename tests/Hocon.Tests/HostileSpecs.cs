using System.Globalization;
using System.Text;

namespace Edge.Hocon.Tests;

public class HostileSpecs
{
    private const string Sample = """"
        # everything that the grammar has
        edge {
          listeners { https { bind = "127.0.0.1:7050", backlog = 4096 } } // and a comment
          routes { "demo.fiscalismia.com" = web, x = y }
          backends.web { servers = ["127.0.0.1:9001", { name = s2, address = "[::1]:443" }], retries = 3 }
          secret = ${?SECRET}
          text = one ${edge.backends.web.retries} "two \u0041 \n" three
          servers += ${edge.backends.web.servers}
          long = """several "quoted"
            lines"""
        }
        edge.more = ${edge.listeners} { other { bind = "*:443" } }
        akka { loglevel : INFO, list = [1,
          2
          3] [4] }
        """";

    [Fact]
    public void The_sample_is_good() => Assert.Empty(HoconReader.ReadText(Sample).Errors);

    [Fact]
    public void Every_truncation_and_every_lost_or_changed_character_gives_a_tree_or_errors_with_a_place()
    {
        for (var i = 0; i <= Sample.Length; i++)
        {
            Check(Sample[..i]);
            if (i == Sample.Length)
                break;
            Check(Sample[i..]);
            Check(Sample.Remove(i, 1));
            foreach (var c in "{}[]\"$=:,.\\\0\n#+?")
                Check(Sample.Remove(i, 1).Insert(i, c.ToString()));
        }
    }

    [Fact]
    public void Random_texts_of_the_grammars_own_words_never_throw()
    {
        string[] words = [
            "a", "b.c", "{", "}", "[", "]", "=", ":", "+=", ",", "\n", " ", "\"", "\"\"\"", "${a}", "${?b.c}", "${", "}", "#", "//",
            "include ", "\\", "null", "1", "."
        ];
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(30); n > 0; n--)
                text.Append(words[random.Next(words.Length)]);
            Check(text.ToString());
        }
    }

    private static void Check(string text)
    {
        var result = HoconReader.ReadText(text, "f", static name => name == "SECRET" ? "s" : null);
        Assert.Equal(result.Root is null, result.Errors.Count > 0);
        var lines = text.Count(static c => c == '\n') + 1;
        foreach (var error in result.Errors)
        {
            Assert.InRange(error.Line, 1, lines);
            Assert.True(error.Column > 0 && error.Message.Length > 0, error.ToString());
        }
    }

    [Theory]
    [InlineData("{a", "")]
    [InlineData("a{", "}")]
    [InlineData("a=[", "]")]
    [InlineData("[", "]")]
    [InlineData("a.", "")]
    public void Nesting_is_bounded(string open, string close)
    {
        foreach (var levels in new[] { 200, 100_000 })
        {
            var text = "x = " + string.Concat(Enumerable.Repeat(open, levels)) + "b=1" + string.Concat(Enumerable.Repeat(close, levels));
            Assert.NotEmpty(HoconReader.ReadText(text).Errors);
            Assert.NotEmpty(HoconReader.ReadText(text[4..]).Errors);
        }
    }

    [Fact]
    public void The_deepest_nesting_that_is_allowed_and_one_more()
    {
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("a{", levels)) + "b=1" + new string('}', levels);
        Assert.Empty(HoconReader.ReadText(Nested(100)).Errors);
        var error = Assert.Single(HoconReader.ReadText(Nested(101)).Errors);
        Assert.Equal("nested deeper than 100 levels", error.Message);
    }

    [Fact]
    public void Substitutions_cannot_nest_deeper_than_text_can()
    {
        static string Nested(int levels) =>
            string.Concat(Enumerable.Range(0, levels).Select(static i => $"n{i + 1} {{ x = ${{n{i}}} }}\n")) + "n0 = 1";
        Assert.Empty(HoconReader.ReadText(Nested(100)).Errors);
        var errors = HoconReader.ReadText(Nested(101)).Errors;
        Assert.Contains(errors, static e => e.Message.EndsWith("nested deeper than 100 levels", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{0} = ${{{1}}}${{{1}}}", "x")]
    [InlineData("{0} = [${{{1}}}, ${{{1}}}]", "x")]
    [InlineData("{0} = ${{{1}}} ${{{1}}}", "[x]")]
    [InlineData("{0} {{ l = ${{{1}}}, r = ${{{1}}} }}", "x")]
    public void Doubling_substitutions_do_not_fill_the_memory(string line, string first)
    {
        var text = new StringBuilder("n0 = " + first + "\n");
        for (var i = 1; i < 60; i++)
            text.AppendFormat(CultureInfo.InvariantCulture, line, "n" + i, "n" + (i - 1)).Append('\n');
        var errors = HoconReader.ReadText(text.ToString()).Errors;
        Assert.Contains(errors, static e => e.Message.Contains("becomes too large", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("n{0} = ${{n{1}}}\n")]
    [InlineData("n{0} {{ x = ${{n{1}}} }}\n")]
    [InlineData("n{0} = ${{?n{1}}} ${{?n{1}}}\n")]
    public void Long_chains_of_substitutions_end(string line)
    {
        var text = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
            text.AppendFormat(CultureInfo.InvariantCulture, line, i, i + 1);
        Assert.NotEmpty(HoconReader.ReadText(text + "n20000 = 1").Errors);
    }

    [Fact]
    public void A_knot_of_names_that_lead_back_ends()
    {
        var names = Enumerable.Range(0, 12).Select(static i => "k" + i).ToArray();
        var all = string.Join(" ", names.Select(static n => "${?" + n + "}"));
        var text = string.Join("\n", names.Select(n => $"{n} = x\n{n} = {all}"));
        var result = HoconReader.ReadText(text);
        Assert.Equal(result.Root is null, result.Errors.Count > 0);
    }
}
