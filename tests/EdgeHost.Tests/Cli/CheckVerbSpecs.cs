using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class CheckVerbSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_deployment_that_is_shipped_is_fine()
    {
        var done = await EdgeProcess.Run("check", "-c", Path.Combine(Repository.Root, "hocon", "fiscalismia.conf"));
        Assert.Equal("", done.Err);
        Assert.Equal(0, done.ExitCode);
        Assert.Contains("1 listener(s), 9 route(s), 9 backend(s)", done.Out);
    }

    [Fact]
    public async Task Mistakes_are_told_on_standard_error_with_exit_code_2()
    {
        var config = _folder.Write("bad.conf", """
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "a.test" = nowhere }
              backends { web { servers = ["127.0.0.1:9001"] } }
            }
            """);
        var done = await EdgeProcess.Run("check", "-c", config);
        Assert.Equal(2, done.ExitCode);
        Assert.Equal("", done.Out);
        Assert.Contains($"{config}:3: edge.routes.", done.Err);
    }
}
