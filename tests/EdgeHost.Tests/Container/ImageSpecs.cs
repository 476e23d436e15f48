using System.Text.Json;

namespace EdgeHost.Tests.Container;

/// <summary>What is in the image, and what it says of itself.</summary>
public sealed class ImageSpecs
{
    private const long MaxSize = 120_000_000;

    [RequiresImageFact]
    public async Task It_is_small_and_runs_the_program_as_an_ordinary_user()
    {
        var image = await EdgeContainer.InspectImage();
        var config = image.GetProperty("Config");
        Assert.InRange(image.GetProperty("Size").GetInt64(), 1, MaxSize);
        Assert.Equal("1654:1654", config.GetProperty("User").GetString());
        Assert.Equal(["/app/edge"], Words(config.GetProperty("Entrypoint")));
        Assert.Equal(["run", "-c", "/etc/edge/edge.conf"], Words(config.GetProperty("Cmd")));
        Assert.Equal(
            ["CMD", "/app/edge", "healthcheck", "-c", "/etc/edge/edge.conf"], Words(image.GetProperty("Healthcheck").GetProperty("Test")));
    }

    [RequiresImageFact]
    public async Task It_says_what_it_is()
    {
        var labels = (await EdgeContainer.InspectImage()).GetProperty("Labels");
        Assert.Equal("Edge", Label("title"));
        Assert.Equal("MIT", Label("licenses"));
        Assert.Matches(@"^\d+\.\d+\.\d+", Label("version"));
        Assert.Matches("^([0-9a-f]{40})?$", Label("revision"));
        Assert.StartsWith($"edge {Label("version")}", (await EdgeContainer.RunInstead("/app/edge", "--version")).ShouldSucceed().Out);

        string? Label(string name) => labels.GetProperty($"org.opencontainers.image.{name}").GetString();
    }

    [RequiresImageFact]
    public async Task It_has_no_shell_and_a_configuration_without_errors()
    {
        const int NoSuchProgram = 127;
        Assert.Equal(NoSuchProgram, (await EdgeContainer.RunInstead("/bin/sh", "-c", "true")).ExitCode);
        (await EdgeContainer.RunInstead("/app/edge", "check", "-c", "/etc/edge/edge.conf")).ShouldSucceed();
    }

    private static IEnumerable<string?> Words(JsonElement array) => array.EnumerateArray().Select(static word => word.GetString());
}
