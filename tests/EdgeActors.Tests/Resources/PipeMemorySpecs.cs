using EdgeActors.Config;
using EdgeActors.Resources;

namespace EdgeActors.Tests.Resources;

public sealed class PipeMemorySpecs
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(null, 1024)]
    [InlineData(4096 * MiB, 1024)]
    [InlineData(4096 * MiB - 1, 1023)]
    [InlineData(256 * MiB, 64)]
    [InlineData(4 * MiB, 1)]
    [InlineData(4 * MiB - 1, 0)]
    public void Full_pipes_are_a_quarter_of_the_memory_at_most(long? limit, int pipes)
    {
        var settings = EdgeSettingsReader.ReadText("""
            edge {
              listeners { https { bind = "127.0.0.1:7050" } }
              routes    { "demo.fiscalismia.com" = web }
              backends  { web { servers = ["127.0.0.1:9001"] } }
            }
            """).Settings!;
        Assert.Equal(pipes, PipeMemory.Apply(settings, limit).Transport.MaxPipes);
    }
}
