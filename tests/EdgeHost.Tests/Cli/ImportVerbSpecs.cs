using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class ImportVerbSpecs : IDisposable
{
    private const string Small = """
        frontend tls
          bind 127.0.0.1:443
          option tcplog
          use_backend web if { req.ssl_sni -f names.txt }
        backend web
          server s1 10.0.0.1:443

        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_written_runs_and_what_is_told_has_a_line()
    {
        var config = _folder.Write("haproxy.cfg", Small);
        // Where HAProxy runs, this may be elsewhere: it is looked for beside the configuration, too.
        _folder.Write("names.txt", "a.test\n");
        var done = (await EdgeProcess.Run("import", config)).ShouldSucceed();
        Assert.Contains("\"a.test\" = web  # haproxy.cfg:4", done.Out);
        Assert.Contains($"{config}:3: option tcplog: nothing to do, ", done.Err);
        Assert.Contains("1 line(s) to look at.", done.Err);

        var target = _folder.File("edge.conf");
        var again = (await EdgeProcess.Run("import", config, "-o", target)).ShouldSucceed();
        Assert.Equal("", again.Out);
        Assert.Equal(done.Out, await File.ReadAllTextAsync(target));
        (await EdgeProcess.Run("check", "-c", target)).ShouldSucceed();
    }

    [Fact]
    public async Task What_Edge_would_not_run_with_is_said_with_exit_code_2()
    {
        var done = await EdgeProcess.Run("import", _folder.Write("haproxy.cfg", "backend web\nserver s1 10.0.0.1:443\n"));
        Assert.Equal(2, done.ExitCode);
        Assert.Contains("edge {", done.Out);
        Assert.Contains("no frontend in mode tcp", done.Err);
        Assert.Contains("edge.listeners: there is no listener", done.Err);
        Assert.Contains("1 mistake(s) in what was written", done.Err);
    }

    [Theory]
    [InlineData("none.cfg")]
    [InlineData(".")]
    public async Task A_file_that_cannot_be_read_is_told(string name)
    {
        var done = await EdgeProcess.Run("import", _folder.File(name));
        Assert.Equal(1, done.ExitCode);
        Assert.Equal("", done.Out);
        Assert.StartsWith(_folder.File(name) + ": ", done.Err);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_told()
    {
        var done = await EdgeProcess.Run("import", _folder.Write("haproxy.cfg", Small), "-o", _folder.File("no/such/folder"));
        Assert.Equal(1, done.ExitCode);
        Assert.StartsWith(_folder.File("no/such/folder") + ": ", done.Err);
    }
}
