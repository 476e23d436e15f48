using EdgeHost.Tests.Harness;

namespace Edge.Hocon.Tests;

public sealed class IncludeSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Read(string path)
    {
        var result = HoconReader.ReadFile(path);
        return result.Root is { } root
            ? Compact.Of(root)
            : string.Join(" | ", result.Errors).Replace(_folder.Path + "/", "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("include \"b.conf\"")]
    [InlineData("include file(\"b.conf\")")]
    [InlineData("include required(\"b.conf\")")]
    [InlineData("include required( file( \"b.conf\" ) )")]
    public void Every_form_of_include_merges_the_file_in_place(string include)
    {
        _folder.Write("b.conf", "x = 1, y = 2");
        Assert.Equal("{x:3,y:4,z:5}", Read(_folder.Write("a.conf", $"x = 0\n{include}\nx = 3, y = 4\nz = 5")));
        Assert.Equal("{o:{x:1,y:2}}", Read(_folder.Write("c.conf", $"o {{ {include} }}")));
    }

    [Fact]
    public void Names_are_relative_to_the_including_file_and_origins_say_which()
    {
        _folder.Write("sub/c.conf", "\n\nz = 1");
        _folder.Write("sub/b.conf", "include \"c.conf\"");
        var root = HoconReader.ReadFile(_folder.Write("a.conf", "include \"sub/b.conf\"")).RootOrThrow();
        Assert.Equal(new HoconOrigin(Path.Combine(_folder.Path, "sub", "c.conf"), 3, 5), root.Find("z")!.Origin);
    }

    [Fact]
    public void Names_in_an_included_file_mean_its_own_place_first_and_then_the_root()
    {
        _folder.Write("b.conf", "x = 1, y = ${x}, w = ${top}");
        Assert.Equal("{top:9,x:7,o:{x:2,y:2,w:9}}", Read(_folder.Write("a.conf", "top = 9, x = 7\no { include \"b.conf\"\n x = 2 }")));
    }

    [Fact]
    public void A_missing_file_is_told_with_the_place_of_the_include() =>
        Assert.Equal(
            "a.conf:2:3: cannot include \"none.conf\": there is no such file",
            Read(_folder.Write("a.conf", "x = 1\n  include \"none.conf\"")));

    [Fact]
    public void A_circle_is_told()
    {
        _folder.Write("b.conf", "include \"a.conf\"");
        Assert.Equal("b.conf:1:1: cannot include \"a.conf\": it includes itself", Read(_folder.Write("a.conf", "include \"b.conf\"")));
    }

    [Fact]
    public void A_error_in_an_included_file_carries_that_file()
    {
        _folder.Write("b.conf", "\nx = *");
        Assert.Equal("b.conf:2:5: expected a value, found '*'", Read(_folder.Write("a.conf", "include \"b.conf\"")));
    }

    [Fact]
    public void Depth_and_number_of_includes_are_bounded()
    {
        for (var i = 0; i < 20; i++)
            _folder.Write($"d{i}.conf", $"include \"d{i + 1}.conf\"");
        Assert.Contains("deeper than 16", Read(_folder.File("d0.conf")), StringComparison.Ordinal);

        _folder.Write("leaf.conf", "x = 1");
        _folder.Write("many.conf", string.Concat(Enumerable.Repeat("include \"leaf.conf\"\n", 256)));
        Assert.Equal("{x:1}", Read(_folder.File("many.conf")));
        _folder.Write("more.conf", string.Concat(Enumerable.Repeat("include \"leaf.conf\"\n", 257)));
        Assert.Contains(
            "more.conf:257:1: cannot include \"leaf.conf\": more than 256 includes",
            Read(_folder.File("more.conf")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_files_are_told()
    {
        Assert.Equal("none.conf: there is no such file", Read(_folder.File("none.conf")));
        Assert.EndsWith(": it is a directory", Read(_folder.Path), StringComparison.Ordinal);
        File.WriteAllBytes(_folder.File("latin1.conf"), [(byte)'a', (byte)'=', 0xE4]);
        Assert.Equal("latin1.conf: it is not UTF-8 text", Read(_folder.File("latin1.conf")));
        _folder.Write("big.conf", new string('#', 4 * 1024 * 1024 + 1));
        Assert.Equal("big.conf: it is larger than 4 MiB", Read(_folder.File("big.conf")));
        _folder.Write("full.conf", new string('#', 4 * 1024 * 1024));
        Assert.Equal("{}", Read(_folder.File("full.conf")));
    }
}
