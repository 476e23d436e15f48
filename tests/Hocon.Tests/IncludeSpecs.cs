namespace Edge.Hocon.Tests;

public sealed class IncludeSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hocon").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private string Read(string path)
    {
        var result = HoconReader.ReadFile(path);
        return result.Root is { } root ? Compact.Of(root) : string.Join(" | ", result.Errors).Replace(_folder + "/", "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("include \"b.conf\"")]
    [InlineData("include file(\"b.conf\")")]
    [InlineData("include required(\"b.conf\")")]
    [InlineData("include required( file( \"b.conf\" ) )")]
    public void Every_form_of_include_merges_the_file_in_place(string include)
    {
        Write("b.conf", "x = 1, y = 2");
        Assert.Equal("{x:3,y:4,z:5}", Read(Write("a.conf", $"x = 0\n{include}\nx = 3, y = 4\nz = 5")));
        Assert.Equal("{o:{x:1,y:2}}", Read(Write("c.conf", $"o {{ {include} }}")));
    }

    [Fact]
    public void Names_are_relative_to_the_including_file_and_origins_say_which()
    {
        Write("sub/c.conf", "\n\nz = 1");
        Write("sub/b.conf", "include \"c.conf\"");
        var root = HoconReader.ReadFile(Write("a.conf", "include \"sub/b.conf\"")).RootOrThrow();
        Assert.Equal(new HoconOrigin(Path.Combine(_folder, "sub", "c.conf"), 3, 5), root.Find("z")!.Origin);
    }

    [Fact]
    public void Names_in_an_included_file_mean_its_own_place_first_and_then_the_root()
    {
        Write("b.conf", "x = 1, y = ${x}, w = ${top}");
        Assert.Equal("{top:9,x:7,o:{x:2,y:2,w:9}}", Read(Write("a.conf", "top = 9, x = 7\no { include \"b.conf\"\n x = 2 }")));
    }

    [Fact]
    public void A_missing_file_is_told_with_the_place_of_the_include() =>
        Assert.Equal("a.conf:2:3: cannot include \"none.conf\": there is no such file", Read(Write("a.conf", "x = 1\n  include \"none.conf\"")));

    [Fact]
    public void A_circle_is_told()
    {
        Write("b.conf", "include \"a.conf\"");
        Assert.Equal("b.conf:1:1: cannot include \"a.conf\": it includes itself", Read(Write("a.conf", "include \"b.conf\"")));
    }

    [Fact]
    public void A_mistake_in_an_included_file_carries_that_file()
    {
        Write("b.conf", "\nx = *");
        Assert.Equal("b.conf:2:5: expected a value, found '*'", Read(Write("a.conf", "include \"b.conf\"")));
    }

    [Fact]
    public void Depth_and_number_of_includes_are_bounded()
    {
        for (var i = 0; i < 20; i++)
            Write($"d{i}.conf", $"include \"d{i + 1}.conf\"");
        Assert.Contains("deeper than 16", Read(Path.Combine(_folder, "d0.conf")), StringComparison.Ordinal);

        Write("leaf.conf", "x = 1");
        Write("many.conf", string.Concat(Enumerable.Repeat("include \"leaf.conf\"\n", 256)));
        Assert.Equal("{x:1}", Read(Path.Combine(_folder, "many.conf")));
        Write("more.conf", string.Concat(Enumerable.Repeat("include \"leaf.conf\"\n", 257)));
        Assert.Contains("more.conf:257:1: cannot include \"leaf.conf\": more than 256 includes", Read(Path.Combine(_folder, "more.conf")), StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_files_are_told()
    {
        Assert.Equal("none.conf: there is no such file", Read(Path.Combine(_folder, "none.conf")));
        Assert.EndsWith(": it is a directory", Read(_folder), StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(_folder, "latin1.conf"), [(byte)'a', (byte)'=', 0xE4]);
        Assert.Equal("latin1.conf: it is not UTF-8 text", Read(Path.Combine(_folder, "latin1.conf")));
        Write("big.conf", new string('#', 4 * 1024 * 1024 + 1));
        Assert.Equal("big.conf: it is larger than 4 MiB", Read(Path.Combine(_folder, "big.conf")));
        Write("full.conf", new string('#', 4 * 1024 * 1024));
        Assert.Equal("{}", Read(Path.Combine(_folder, "full.conf")));
    }
}
