namespace Edge.Hocon.Tests;

public class SyntaxSpecs
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("\uFEFFa = 1", "{a:1}")]
    [InlineData("{ \"a\" : 1, \"b\" : [true, null] }", "{a:1,b:[true,null]}")]
    [InlineData("a = 1\nb : 2\nc { d = 3 }", "{a:1,b:2,c:{d:3}}")]
    [InlineData("a = 1, b = 2,\n c = 3,", "{a:1,b:2,c:3}")]
    [InlineData("a\n{ b\n=\n1 }", "{a:{b:1}}")]
    [InlineData("a { b = 1 }, c = 2", "{a:{b:1},c:2}")]
    [InlineData("a = 1 # comment\n// another = 3\nb = 2//c", "{a:1,b:2}")]
    [InlineData("a = x/y", "{a:x/y}")]
    [InlineData("a = \"# no // comment\"", "{a:\"# no // comment\"}")]
    [InlineData("a = 1\r\nb = 2\r\n", "{a:1,b:2}")]
    public void Fields_comments_and_separators(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a.b.c = 1", "{a:{b:{c:1}}}")]
    [InlineData("a.b = 1\na.c = 2", "{a:{b:1,c:2}}")]
    [InlineData("a . b = 1", "{a:{b:1}}")]
    [InlineData("\"a.b\" = 1", "{\"a.b\":1}")]
    [InlineData("routes.\"demo.fiscalismia.com\" = web", "{routes:{\"demo.fiscalismia.com\":web}}")]
    [InlineData("a.\"b.c\".d = 1", "{a:{\"b.c\":{d:1}}}")]
    [InlineData("x\"y.z\"w = 1", "{\"xy.zw\":1}")]
    [InlineData("a b = 1", "{\"a b\":1}")]
    [InlineData("\"\" = 1", "{\"\":1}")]
    [InlineData("10.5 = x", "{10:{5:x}}")]
    [InlineData("included = 1", "{included:1}")]
    [InlineData("\"include\" = 1", "{\"include\":1}")]
    public void Keys_are_paths_and_quotes_keep_a_dot(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a = one two  three ", "{a:one two  three}")]
    [InlineData("a = one \"two\" three", "{a:\"one two three\"}")]
    [InlineData("a = \"\"", "{a:\"\"}")]
    [InlineData("a = 10 s", "{a:10 s}")]
    [InlineData("a = -1.5e3", "{a:-1.5e3}")]
    [InlineData("a = null", "{a:null}")]
    [InlineData("a = \"x\\\"\\\\\\/\\n\\t\\u0041\"", "{a:\"x\"\\/\n\tA\"}")]
    [InlineData("a = \"\"\"one \"two\"\nthree\\n\"\"\"", "{a:\"one \"two\"\nthree\\n\"}")]
    [InlineData("a = \"\"\"x\"\"\"\"\"", "{a:\"x\"\"\"}")]
    public void Scalars(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a = []", "{a:[]}")]
    [InlineData("a = [1, 2,]", "{a:[1,2]}")]
    [InlineData("a = [\n1\n2 # two\n\n3\n]", "{a:[1,2,3]}")]
    [InlineData("a = [[1], {b = 2}, x y]", "{a:[[1],{b:2},x y]}")]
    [InlineData("a = [1] [2, 3]", "{a:[1,2,3]}")]
    [InlineData("a = [1]\na += 2\na += {b = 3}", "{a:[1,2,{b:3}]}")]
    [InlineData("a += 1", "{a:[1]}")]
    [InlineData("o { a = [1] }\no.a += 2", "{o:{a:[1,2]}}")]
    [InlineData("l = [ { x = [1], x += 2 } ]", "{l:[{x:[1,2]}]}")]
    public void Arrays(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a = 1\na = 2", "{a:2}")]
    [InlineData("a { b = 1, c = 2 }\na { b = 3 }", "{a:{b:3,c:2}}")]
    [InlineData("a { b { c = 1 } }\na.b.d = 2", "{a:{b:{c:1,d:2}}}")]
    [InlineData("a { b = 1 }\na = 2", "{a:2}")]
    [InlineData("a = 2\na { b = 1 }", "{a:{b:1}}")]
    [InlineData("a { b = 1 }\na = null\na { c = 2 }", "{a:{c:2}}")]
    [InlineData("a = [1]\na = [2]", "{a:[2]}")]
    [InlineData("a = {b = 1} {c = 2} {b = 3}", "{a:{b:3,c:2}}")]
    public void Objects_merge_and_later_values_win(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Fact]
    public void Every_value_and_key_knows_where_it_was_written()
    {
        var root = HoconReader.ReadText("a {\n  b = 1\n  c = [x,\n    y]\n}\na.d = 2", "file.conf").RootOrThrow();
        Assert.Equal(new HoconOrigin("file.conf", 2, 7), root.Find("a", "b")!.Origin);
        Assert.Equal(new HoconOrigin("file.conf", 4, 5), ((HoconArray)root.Find("a", "c")!).Items[1].Origin);
        Assert.Equal(new HoconOrigin("file.conf", 6, 1), ((HoconObject)root.Find("a")!).Fields[2].KeyOrigin);
        Assert.Equal("file.conf:6", root.Find("a", "d")!.Origin.ToString());
    }

    [Theory]
    [InlineData("a.b", "a", "b")]
    [InlineData("a.\"b.c\".d", "a", "b.c", "d")]
    [InlineData("\"\".\"x y\"", "", "x y")]
    public void Paths_join_with_quotes_where_they_need_them(string path, params string[] elements) =>
        Assert.Equal(path, HoconReader.JoinPath(elements));
}
