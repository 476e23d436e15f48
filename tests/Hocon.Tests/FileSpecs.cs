using EdgeHost.Tests.Harness;

namespace Edge.Hocon.Tests;

public sealed class FileSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_reading_tells_which_files_it_opened_and_what_they_held()
    {
        var b = _folder.Write("b.conf", "x = 1");
        var a = _folder.Write("a.conf", "include \"b.conf\"");
        var files = HoconReader.ReadFile(a).Files;
        Assert.Equal([a, b], files.Select(static file => file.Path));
        Assert.All(files, static file => Assert.Equal(file, new HoconFile(file.Path, null).Look()));
        Assert.Empty(HoconReader.ReadText("x = 1").Files);
    }

    [Fact]
    public void It_tells_so_too_when_they_cannot_be_read_or_have_errors()
    {
        var path = _folder.Write("a.conf", "x = {\ninclude \"none.conf\"");
        var result = HoconReader.ReadFile(path);
        Assert.NotEmpty(result.Errors);
        Assert.Equal([new HoconFile(path, null).Look(), new HoconFile(_folder.File("none.conf"), null)], result.Files);
        foreach (var name in (string[])["", "\0", _folder.Path, _folder.File("none")])
        {
            Assert.Equal([new HoconFile(name, null)], HoconReader.ReadFile(name).Files);
            Assert.Null(new HoconFile(name, null).Look().Digest);
        }
    }

    [Fact]
    public void Another_content_is_seen_and_the_same_one_written_again_is_not()
    {
        var path = _folder.Write("a.conf", "x = 1");
        var before = new HoconFile(path, null).Look();
        _folder.Write("a.conf", "x = 1");
        Assert.Equal(before, new HoconFile(path, null).Look());
        _folder.Write("a.conf", "x = 2");
        Assert.NotEqual(before, new HoconFile(path, null).Look());
    }

    [Fact]
    public void One_that_is_too_large_is_looked_at_no_further_than_it_is_read()
    {
        var path = _folder.Write("a.conf", new string('#', (4 << 20) + 1));
        var read = HoconReader.ReadFile(path);
        Assert.Contains("larger than", read.Errors.Single().Message, StringComparison.Ordinal);
        Assert.Equal(new HoconFile(path, null).Look(), read.Files.Single());
        File.AppendAllText(path, "#");
        Assert.Equal(new HoconFile(path, null).Look(), read.Files.Single());
    }
}
