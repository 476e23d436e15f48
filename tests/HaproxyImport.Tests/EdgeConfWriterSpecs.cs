namespace HaproxyImport.Tests;

public sealed class EdgeConfWriterSpecs
{
    [Theory]
    [InlineData(86_400_000, "1d")]
    [InlineData(7_200_000, "2h")]
    [InlineData(90_000, "90s")]
    [InlineData(300_000, "5m")]
    [InlineData(1500, "1500ms")]
    [InlineData(0, "0ms")]
    public void Times_have_the_largest_unit_that_needs_no_fraction(int milliseconds, string written) =>
        Assert.Equal(ConfValue.Word(written), ConfValue.Time(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData("plain-1_x.y")]
    [InlineData("")]
    [InlineData("a \"quoted\" \\ one")]
    [InlineData("${NAME} $ {")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("# no comment // neither")]
    [InlineData("tab\t, line\n, bell\a, é")]
    public void Any_text_is_read_as_it_was(string text)
    {
        var root = new ConfSection();
        root.Set("quoted", ConfValue.Text(text));
        root.Set("word", ConfValue.Word(text));
        root.Section("below").Set(text.Length == 0 ? "x" : text, ConfValue.List([text, text]), "why\n{");
        var read = Edge.Hocon.HoconReader.ReadText(EdgeConfWriter.Write("about\nit", root)).RootOrThrow();
        Assert.Equal([text, text], new[] { "quoted", "word" }.Select(key => Scalar(read, key)));
        Assert.True(read.TryGet("below", out var below));
        var field = Assert.Single(((Edge.Hocon.HoconObject)below).Fields);
        Assert.Equal(text.Length == 0 ? "x" : text, field.Key);
        Assert.All(((Edge.Hocon.HoconArray)field.Value).Items, item => Assert.Equal(text, ((Edge.Hocon.HoconScalar)item).Text));
    }

    [Fact]
    public void A_variable_is_a_substitution_beside_text()
    {
        var root = new ConfSection();
        root.Set("bind", ConfValue.Text($"*:{HaproxyVariable.Mark("PORT")}"));
        var text = EdgeConfWriter.Write("about", root);
        Assert.Contains("bind = \"*:\"${PORT}\n", text);
        Assert.Equal(
            "*:443",
            Scalar(Edge.Hocon.HoconReader.ReadText(text, environment: static name => name == "PORT" ? "443" : null).RootOrThrow(), "bind"));
    }

    private static string Scalar(Edge.Hocon.HoconObject root, string key) =>
        root.TryGet(key, out var value) ? ((Edge.Hocon.HoconScalar)value).Text : "nothing";
}
