namespace Edge.Hocon.Tests;

public sealed class FileSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hocon").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void A_reading_tells_which_files_it_opened_and_what_they_held()
    {
        var b = Write("b.conf", "x = 1");
        var a = Write("a.conf", "include \"b.conf\"");
        var files = HoconReader.ReadFile(a).Files;
        Assert.Equal([a, b], files.Select(static file => file.Path));
        Assert.All(files, static file => Assert.Equal(file, HoconFile.Look(file.Path)));
        Assert.Empty(HoconReader.ReadText("x = 1").Files);
    }

    [Fact]
    public void It_tells_so_too_when_they_cannot_be_read_or_have_mistakes()
    {
        var path = Write("a.conf", "x = {\ninclude \"none.conf\"");
        var result = HoconReader.ReadFile(path);
        Assert.NotEmpty(result.Errors);
        Assert.Equal([HoconFile.Look(path), new HoconFile(Path.Combine(_folder, "none.conf"), null)], result.Files);
        foreach (var name in (string[])["", "\0", _folder, Path.Combine(_folder, "none")])
        {
            Assert.Equal([new HoconFile(name, null)], HoconReader.ReadFile(name).Files);
            Assert.Null(HoconFile.Look(name).Digest);
        }
    }

    [Fact]
    public void Another_content_is_seen_and_the_same_one_written_again_is_not()
    {
        var path = Write("a.conf", "x = 1");
        var before = HoconFile.Look(path);
        Write("a.conf", "x = 1");
        Assert.Equal(before, HoconFile.Look(path));
        Write("a.conf", "x = 2");
        Assert.NotEqual(before, HoconFile.Look(path));
    }

    [Fact]
    public void One_that_is_too_large_is_looked_at_no_further_than_it_is_read()
    {
        var path = Write("a.conf", new string('#', (4 << 20) + 1));
        var read = HoconReader.ReadFile(path);
        Assert.Contains("larger than", read.Errors.Single().Message, StringComparison.Ordinal);
        Assert.Equal(HoconFile.Look(path), read.Files.Single());
        File.AppendAllText(path, "#");
        Assert.Equal(HoconFile.Look(path), read.Files.Single());
    }
}
