namespace HaproxyImport.Tests;

/// <summary>Section 2.2 of HAProxy's configuration manual, and what <c>parse_line</c> makes of it.</summary>
public sealed class HaproxyWordsSpecs
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  \t # all comment", new string[0])]
    [InlineData("bind *:443 # why", new[] { "bind", "*:443" })]
    [InlineData("a#b", new[] { "a" })]
    [InlineData(@"a\#b", new[] { "a#b" })]
    [InlineData("'a#b' \"c#d\"", new[] { "a#b", "c#d" })]
    [InlineData(@"a\ b c", new[] { "a b", "c" })]
    [InlineData("\"a b\"c", new[] { "a bc" })]
    [InlineData("'a \"b\" c'", new[] { "a \"b\" c" })]
    [InlineData("\"a 'b' c\"", new[] { "a 'b' c" })]
    [InlineData("a \"\" b ''", new[] { "a", "", "b", "" })]
    [InlineData(@"\\ \' \""", new[] { "\\", "'", "\"" })]
    [InlineData(@"\x41\x2e \n\r\t", new[] { "A.", "\n\r\t" })]
    [InlineData("\"\\x41 \\\" \\$HOME\"", new[] { "A \" $HOME" })]
    [InlineData(@"'\x41\ $HOME'", new[] { @"\x41\ $HOME" })]
    [InlineData(@"^www\.example\.org$", new[] { @"^www\.example\.org$" })]
    [InlineData("$HOME ${HOME}", new[] { "$HOME", "${HOME}" })]
    [InlineData(@"a\$b", new[] { @"a\$b" })]
    [InlineData("a\rb", new[] { "a" })]
    [InlineData("%{+Q}o\\ %t\\ %s", new[] { "%{+Q}o %t %s" })]
    [InlineData("\"%{+Q}o %t\"' %s %{-Q}r'", new[] { "%{+Q}o %t %s %{-Q}r" })]
    [InlineData("a\\", new[] { "a\\" })]
    public void Words_are_cut_as_the_manual_says(string line, string[] words)
    {
        var read = HaproxyWords.Read(line);
        Assert.Null(read.Problem);
        Assert.Equal(words, read.Words);
    }

    [Theory]
    [InlineData("a \"b", "a quote is not closed")]
    [InlineData("a 'b\\'", null)]
    [InlineData("a 'b", "a quote is not closed")]
    [InlineData(@"a \x4", "two hexadecimal digits have to follow \\x")]
    [InlineData(@"a \xzz", "two hexadecimal digits have to follow \\x")]
    [InlineData("\"$1\"", "a variable's name has to follow the $, which else needs a backslash")]
    [InlineData("\"$\"", "a variable's name has to follow the $, which else needs a backslash")]
    [InlineData("\"${A\"", "the brace of a variable is not closed")]
    [InlineData("\"${A[*]}\"", "a variable stands for several words")]
    [InlineData("a\0b", "it has a NUL byte")]
    public void What_HAProxy_refuses_is_refused(string line, string? problem) => Assert.Equal(problem, HaproxyWords.Read(line).Problem);

    [Theory]
    [InlineData("\"*:${PORT}\"", "*:${PORT}", "*:${PORT}")]
    [InlineData("\"$PORT\"", "${PORT}", "${PORT}")]
    [InlineData("\"${HOST-127.0.0.1}:${PORT-1}\"", "${HOST-127.0.0.1}:${PORT-1}", "127.0.0.1:1")]
    [InlineData("\"a${X-}b\"", "a${X-}b", "ab")]
    public void Variables_stay_in_the_word(string line, string shown, string withDefaults)
    {
        var word = Assert.Single(HaproxyWords.Read(line).Words);
        Assert.True(HaproxyVariable.IsIn(word));
        Assert.Equal(shown, HaproxyVariable.Shown(word));
        Assert.Equal(withDefaults, HaproxyVariable.Shown(HaproxyVariable.WithDefaults(word, new Dictionary<string, string>())));
    }

    [Fact]
    public void Cut_anywhere_a_line_gives_words_or_a_problem()
    {
        const string Line = "acl a req.ssl_sni -i \"${HOST-a b}\" '#c' \\x64\\ \\\"e \"\\$f ${G}\" # comment";
        var whole = HaproxyWords.Read(Line).Words;
        for (var length = 0; length <= Line.Length; length++)
        {
            var read = HaproxyWords.Read(Line[..length]);
            Assert.True(read.Words.Count <= whole.Count);
            // All but the last word are settled, wherever the line ends.
            for (var i = 0; i < read.Words.Count - 1; i++)
                Assert.Equal(whole[i], read.Words[i]);
        }
    }
}
