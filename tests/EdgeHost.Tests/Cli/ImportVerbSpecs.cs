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
        Assert.Contains($"Nothing to do:\n{config}:3: option tcplog: nothing to do, ", done.Err);
        Assert.Contains("0 line(s) lost, 1 changed, 1 with nothing to do.", done.Err);

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
        Assert.Contains("1 error(s) in what was written", done.Err);
    }

    [Theory]
    [InlineData("none.cfg", "Could not find file")]
    [InlineData(".", "this directory has no *.cfg file")]
    public async Task A_file_that_cannot_be_read_is_told(string name, string words)
    {
        var done = await EdgeProcess.Run("import", _folder.File(name));
        Assert.Equal(1, done.ExitCode);
        Assert.Equal("", done.Out);
        Assert.StartsWith($"{_folder.File(name)}: {words}", done.Err);
    }

    [Fact]
    public async Task The_files_of_a_directory_are_one_configuration()
    {
        _folder.Write("names.txt", "a.test\n");
        var last = _folder.Write("20.cfg", "backend web\nserver s1 10.0.0.1:443\n");
        var first = _folder.Write("10.cfg", Small[..Small.IndexOf("backend", StringComparison.Ordinal)]);
        _folder.Write("README", "no configuration");
        var done = (await EdgeProcess.Run("import", _folder.Path)).ShouldSucceed();
        Assert.Contains("address = \"10.0.0.1:443\"", done.Out);
        Assert.Equal(done.Out, (await EdgeProcess.Run("import", first, last)).ShouldSucceed().Out);
    }

    [Fact]
    public async Task Lost_lines_come_first_and_fail_only_a_strict_import()
    {
        var config = _folder.Write("haproxy.cfg", Small.Replace("-f names.txt", "a.test", StringComparison.Ordinal) + "  fullconn 5\n");
        var done = (await EdgeProcess.Run("import", config)).ShouldSucceed();
        Assert.StartsWith($"Lost:\n{config}:7: fullconn: ", done.Err);
        Assert.EndsWith("1 line(s) lost, 1 changed, 1 with nothing to do.\n", done.Err);
        var strict = await EdgeProcess.Run("import", config, "--strict");
        Assert.Equal((2, done.Out), (strict.ExitCode, strict.Out));
        (await EdgeProcess.Run("import", _folder.Write("fine.cfg", Small.Replace("-f names.txt", "a.test", StringComparison.Ordinal)),
            "--strict")).ShouldSucceed();
    }

    [Fact]
    public async Task The_input_is_not_overwritten()
    {
        var config = _folder.Write("haproxy.cfg", Small);
        File.CreateSymbolicLink(_folder.File("link.conf"), config);
        foreach (var target in new[] { config, _folder.File("link.conf") })
        {
            var done = await EdgeProcess.Run("import", config, "-o", target);
            Assert.Equal((1, $"{target}: this file is the input: name another one to write to\n"), (done.ExitCode, done.Err));
        }
        Assert.Equal(Small, await File.ReadAllTextAsync(config));
    }

    [Fact]
    public async Task A_byte_order_mark_chooses_the_encoding()
    {
        var plain = await EdgeProcess.Run(
            "import", _folder.Write("haproxy.cfg", Small.Replace("-f names.txt", "a.test", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(
            _folder.File("haproxy.cfg"), Small.Replace("-f names.txt", "a.test", StringComparison.Ordinal), System.Text.Encoding.Unicode);
        Assert.Equal(plain.ShouldSucceed().Out, (await EdgeProcess.Run("import", _folder.File("haproxy.cfg"))).ShouldSucceed().Out);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_told()
    {
        var done = await EdgeProcess.Run("import", _folder.Write("haproxy.cfg", Small), "-o", _folder.File("no/such/folder"));
        Assert.Equal(1, done.ExitCode);
        Assert.StartsWith(_folder.File("no/such/folder") + ": ", done.Err);
    }
}
