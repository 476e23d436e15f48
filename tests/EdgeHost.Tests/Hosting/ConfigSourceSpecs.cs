using Edge.Hocon;
using EdgeActors.Config;
using EdgeHost.Hosting;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hosting;

public sealed class ConfigSourceSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_holds_what_it_held_until_one_of_its_files_is_another()
    {
        _folder.Write("b.conf", "x = 1");
        var source = Read(_folder.Write("a.conf", "include \"b.conf\""));
        Assert.True(source.Look().Holds(source));
        Assert.False(source.Holds(null));
        _folder.Write("b.conf", "x = 2");
        var now = source.Look();
        Assert.False(now.Holds(source));
        Assert.True(now.Look().Holds(now));
        _folder.Write("b.conf", "x = 1");
        Assert.True(source.Look().Holds(source));
    }

    [Fact]
    public void A_file_that_is_missing_for_a_moment_is_no_change_and_one_that_has_come_is()
    {
        var b = _folder.Write("b.conf", "x = 1");
        var source = Read(_folder.Write("a.conf", "include \"b.conf\""));
        File.Delete(b);
        Assert.True(source.Look().Holds(source));
        var without = Read(source.Path);
        Assert.False(without.Holds(source));
        _folder.Write("b.conf", "x = 1");
        Assert.False(without.Look().Holds(without));
    }

    [Fact]
    public void A_list_of_networks_belongs_to_it()
    {
        _folder.Write("blocked.txt", "192.0.2.1");
        var path = _folder.Write("a.conf", "edge.listeners.https { bind = \"127.0.0.1:7050\", deny-file = blocked.txt }");
        var source = new ConfigSource(path, EdgeSettingsReader.Load(path).Files);
        Assert.True(source.Look().Holds(source));
        _folder.Write("blocked.txt", "192.0.2.2");
        Assert.False(source.Look().Holds(source));
    }

    private static ConfigSource Read(string path) => new(path, HoconReader.ReadFile(path).Files);
}
