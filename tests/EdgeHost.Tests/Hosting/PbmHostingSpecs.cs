using EdgeHost.Hosting;
using EdgeHost.Pbm;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hosting;

public sealed class PbmHostingSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Pbm_is_refused_where_the_build_does_not_have_it()
    {
        var config = _folder.Write("pbm.conf", """
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "*" = web }
              backends { web { servers = ["127.0.0.1:9001"] } }
              control.pbm = "127.0.0.1:9110"
            }
            """);
        // Without Petabridge.Cmd the palette is compiled into the tests.
        var isIn = typeof(EdgeCommands).Assembly == typeof(PbmHosting).Assembly;

        var done = await EdgeProcess.Run("check", "-c", config);

        Assert.Equal(isIn ? 0 : 2, done.ExitCode);
        Assert.Equal(isIn ? "" : "edge.control.pbm: this build has no Petabridge.Cmd", done.Err.Split(',')[0]);
        Assert.Equal(!isIn, done.Err.Contains("-p:UsePetabridgeCmd=true", StringComparison.Ordinal));
    }
}
