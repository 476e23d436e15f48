namespace Edge.Hocon.Tests;

public class RenderSpecs
{
    [Theory]
    [InlineData("a = 1", "a = 1\n")]
    [InlineData("a.b = on", "a {\n  b = on\n}\n")]
    [InlineData("\"a.b\" = x", "\"a.b\" = x\n")]
    [InlineData("\"include\" = include", "\"include\" = include\n")]
    [InlineData("a = 5 s", "a = \"5 s\"\n")]
    [InlineData("a = \"true\"", "a = \"true\"\n")]
    [InlineData("a = null", "a = null\n")]
    [InlineData("a = \"q\\\"\\\\\\n\\u0001\"", "a = \"q\\\"\\\\\\n\\u0001\"\n")]
    [InlineData("a = [1, [x], {b = 2}]", "a = [1, [x], {\n  b = 2\n}]\n")]
    [InlineData("a {}", "a {\n}\n")]
    public void Text_is_plain_and_quoted_where_in_doubt(string text, string expected) =>
        Assert.Equal(expected, HoconReader.ReadText(text).RootOrThrow().Render());

    [Theory]
    [InlineData("a { \"b.c\" = [1, x y, \"\", {d = null}], e = ${a.\"b.c\"} }, f = \"*:443 \\t\", \"\" = \"\"")]
    [InlineData("a = \"null\", b = \"1\", c = \"${x}\", d = \"\"\"multi\n\"line\" \"\"\"")]
    public void What_is_rendered_reads_back_the_same(string text)
    {
        var root = HoconReader.ReadText(text).RootOrThrow();
        var again = HoconReader.ReadText(root.Render()).RootOrThrow();
        Assert.Equal(root.Render(), again.Render());
        Assert.Equal(Texts(root), Texts(again));
    }

    private static IEnumerable<string> Texts(HoconValue value) => value switch
    {
        HoconObject o => o.Fields.SelectMany(f => Texts(f.Value).Select(t => f.Key + "/" + t)),
        HoconArray a => a.Items.SelectMany(Texts),
        HoconScalar s => [s.Text + (s.IsNull ? " is null" : "")],
        _ => [],
    };
}
