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
    public async Task A_probable_error_is_only_a_warning()
    {
        var config = _folder.Write("odd.conf", """
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              backends { web { servers = ["127.0.0.1:9001"] } }
            }
            """);
        var done = await EdgeProcess.Run("check", "-c", config);
        Assert.Equal(0, done.ExitCode);
        Assert.Contains($"warning: {config}:3: edge.backends.web: no route and no policy uses this backend", done.Err);
        Assert.Contains("is fine: 1 listener(s), 0 route(s)", done.Out);
    }

    [Theory]
    [InlineData("localhost", "required", 0, "server web/s1: localhost has ")]
    [InlineData("nowhere.invalid", "optional", 0, "server web/s1: nowhere.invalid has no address, the server is DOWN until it has one")]
    [InlineData("nowhere.invalid", "required", 2, "nowhere.invalid")]
    public async Task Names_of_servers_are_looked_up_on_request(string name, string atStart, int exitCode, string told)
    {
        var config = _folder.Write("names.conf", $$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "a.test" = web }
              backends { web { servers = [{ name = s1, address = "{{name}}:9001" }], resolve.at-start = {{atStart}} } }
            }
            """);
        var done = await EdgeProcess.Run("check", "-c", config, "--resolve");
        Assert.Equal(exitCode, done.ExitCode);
        Assert.Contains(told, done.Out + done.Err);
    }

    [Theory]
    [InlineData("control")]
    [InlineData("upgrade")]
    public async Task A_file_where_the_folder_of_a_socket_should_be_is_an_error(string section)
    {
        var file = _folder.Write("file", "");
        var done = await EdgeProcess.Run("check", "-c", Config($"{section}.socket = \"{file}/edge/some.sock\""));
        Assert.Equal(2, done.ExitCode);
        Assert.Contains($":5: edge.{section}.socket: '{file}' is a file, and a socket needs a folder; expected such as ", done.Err);
    }

    [RequiresToolFact("setpriv", Root = "runs as another user")]
    public async Task A_folder_that_this_user_cannot_make_is_a_warning()
    {
        var config = Config("control.socket = \"/run/edge-test-none/ctl.sock\"");
        (await Tool.Run("chmod", "755", _folder.Path)).ShouldSucceed();
        var done = await Tool.Run("setpriv", ["--reuid=65534", "--clear-groups", .. EdgeProcess.Command("check", "-c", config)]);
        Assert.Equal(0, done.ExitCode);
        Assert.Contains("warning: edge.control.socket: this user may not write to the folder /run; expected a path ", done.Err);
    }

    private string Config(string more) => _folder.Write("sockets.conf", $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.test" = web }
          backends { web { servers = ["127.0.0.1:9001"] } }
          {{more}}
        }
        """);

    [Fact]
    public async Task Errors_are_told_on_standard_error_with_exit_code_2()
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
