namespace Edge.Hocon.Tests;

public class HoconErrorSpecs
{
    [Theory]
    [InlineData("a", "1:2 expected '=', ':' or '{' after the key 'a'")]
    [InlineData("a b\nc = 1", "1:4 expected '=', ':' or '{' after the key 'a b'")]
    [InlineData("a =", "1:4 expected a value, found the end of the text")]
    [InlineData("a = }", "1:5 expected a value, found '}' | 1:5 '}' closes nothing here")]
    [InlineData("= 1", "1:1 expected a key, found '='")]
    [InlineData("a. = 1", "1:4 expected a name between the dots, found '='")]
    [InlineData(".a = 1", "1:1 expected a name between the dots, found '.'")]
    [InlineData("a..b = 1", "1:3 expected a name between the dots, found '.'")]
    [InlineData("bind = 127.0.0.1:7050", "1:17 expected ',' or a new line after the value, found ':'; text with such characters needs double quotes")]
    [InlineData("bind = *:443", "1:8 expected a value, found '*'")]
    [InlineData("a {\n  b = 1\n", "3:1 expected '}' for the '{' of line 1")]
    [InlineData("a = [1\n", "2:1 expected ']' for the '[' of line 1")]
    [InlineData("a { b = [1 }", "1:12 expected ']', ',' or a new line, found '}' | 1:12 expected ']' for the '[' of line 1")]
    [InlineData("a = 1 }", "1:7 '}' closes nothing here")]
    [InlineData("a = \"x\nb = 1", "1:5 this string is not closed on its line; expected '\"' (or \"\"\" around text of several lines)")]
    [InlineData("\n a = \"\"\"x\n\n", "4:1 the \"\"\" of line 2 is never closed")]
    [InlineData("a = \"\\x\"", "1:6 unknown escape; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")]
    [InlineData("a = \"\\u00g0\"", "1:6 expected four hexadecimal digits after '\\u'")]
    [InlineData("a = $b", "1:5 expected '{' after '$'; a '$' that is meant as text needs double quotes")]
    [InlineData("a = ${b", "1:8 expected '}' for the '${', found the end of the text")]
    [InlineData("a = ${}", "1:7 expected the name of a substitution, found '}'")]
    [InlineData("a = 1,, b = 2", "1:7 expected a key, found ','")]
    [InlineData("a = [1,, 2]", "1:8 expected a value, found ','")]
    [InlineData("{ a = 1 } b", "1:11 expected the end of the text after the outermost '}', found 'b'")]
    [InlineData("[1]", "1:1 expected a key, found '['")]
    [InlineData("include x", "1:9 expected a file name in double quotes after 'include' (url and classpath are not supported; a key of this name needs quotes)")]
    [InlineData("include \"x\"", "1:1 cannot include \"x\": there is no file that it could be relative to")]
    public void A_error_is_told_with_its_place_and_what_was_expected(string text, string expected) =>
        Assert.StartsWith("error " + expected, Compact.Of(text), StringComparison.Ordinal);

    [Fact]
    public void Reading_goes_on_behind_a_error()
    {
        var errors = HoconReader.ReadText("a = *\nb { c = x:y, d }\ne = 1\nf = \"open\ng = [1, ^, 2]\nh = 2 }\n", "f").Errors;
        Assert.Equal([1, 2, 2, 4, 5, 6], errors.Select(e => e.Line).Distinct().SelectMany(l => Enumerable.Repeat(l, l == 2 ? 2 : 1)));
        Assert.Equal("f:1:5: expected a value, found '*'", errors[0].ToString());
    }

    [Fact]
    public void The_number_of_errors_is_bounded()
    {
        var errors = HoconReader.ReadText(string.Concat(Enumerable.Repeat("a = *\n", 1000))).Errors;
        Assert.Equal(20, errors.Count);
    }

    [Fact]
    public void The_exception_says_all_of_them()
    {
        var result = HoconReader.ReadText("a\nb\n", "f");
        Assert.Equal(2, result.Errors.Count);
        Assert.Equal(string.Join('\n', result.Errors), Assert.Throws<FormatException>(result.RootOrThrow).Message);
    }
}
