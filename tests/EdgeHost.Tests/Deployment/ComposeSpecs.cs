using System.Text.RegularExpressions;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Deployment;

/// <summary>The compose files keep Edge as confined as it is meant to be, and mount what there is. They are read as text: that is all that
/// is asked.</summary>
public sealed partial class ComposeSpecs
{
    public static TheoryData<string> Files => [.. Names];

    private static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "compose*.yaml").Select(static file => Path.GetFileName(file));

    private static string Folder => Path.Combine(Repository.Root, "docker");

    [Theory]
    [MemberData(nameof(Files))]
    public void Edge_is_confined(string file)
    {
        var edge = Service(file, "edge");
        Assert.All(
            (string[])
            [
                "network_mode: host", "user: \"1654:1654\"", "read_only: true", "cap_drop: [ALL]", "cap_add: [NET_BIND_SERVICE]",
                "security_opt: [\"no-new-privileges:true\"]", "cpus: 1.5", "mem_limit: 2g", "restart: unless-stopped", "logging: *logging", "  - run:/run/edge",
            ],
            line => Assert.Contains($"    {line}", edge));
        Assert.DoesNotContain(edge, static line => line.Contains("privileged: true", StringComparison.Ordinal));
        Assert.Contains("  options: { max-size: 10m, max-file: \"5\" }", Lines(file));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_folder_of_its_sockets_is_its_users_alone(string file) =>
        Assert.Equal(["type=tmpfs", "device=tmpfs", "o=mode=0700,uid=1654,gid=1654"], RunVolume(file));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_stop_waits_for_the_drain(string file)
    {
        const int DefaultDrainTimeout = 30;
        var grace = Service(file, "edge").Select(static line => Grace().Match(line)).Single(static match => match.Success);
        Assert.True(int.Parse(grace.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > DefaultDrainTimeout);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_other_service_can_gain_rights(string file)
    {
        var lines = Lines(file);
        var services = lines.SkipWhile(static line => line != "services:")
            .TakeWhile(static line => line != "volumes:")
            .Count(static line => ServiceName().IsMatch(line));
        // Each says so itself, or by the lines that the demo's backends share.
        Assert.True(services > 1);
        Assert.Equal(
            services,
            lines.SkipWhile(static line => line != "services:")
                .Count(static line => line is "    security_opt: [\"no-new-privileges:true\"]" or "    <<: *demo-backend"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_that_is_mounted_or_built_from_is_there(string file)
    {
        var mounted = Lines(file)
            .Select(static line => Mount().Match(line))
            .Where(static match => match.Success)
            .Select(static match => match.Groups[1].Value)
            .ToArray();
        Assert.NotEmpty(mounted);
        Assert.All(mounted, path => Assert.True(Path.Exists(Path.Combine(Folder, path)), $"{file} mounts {path}, which is not there"));
        Assert.Contains("      dockerfile: docker/Dockerfile", Service(file, "edge"));
    }

    [Theory]
    [InlineData("edge.conf")]
    [InlineData("pair.conf")]
    public async Task The_configurations_have_no_error(string file) =>
        (await EdgeProcess.Run("check", "-c", Path.Combine(Folder, "compose", file))).ShouldSucceed();

    [Fact]
    public void Image_and_program_have_one_version()
    {
        var version = Version().Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"))).Groups[1].Value;
        Assert.Contains($"ARG VERSION={version}\n", File.ReadAllText(Path.Combine(Folder, "Dockerfile")));
        Assert.All(Names, file => Assert.All(
            Lines(file).Where(static line => line.Contains("${EDGE_IMAGE:", StringComparison.Ordinal)),
            line => Assert.Contains($"${{EDGE_IMAGE:-edge:{version}}}", line)));
    }

    /// <summary>The options of the volume at /run/edge.</summary>
    internal static IEnumerable<string> RunVolume(string file) =>
        VolumeOption().Matches(Lines(file).SkipWhile(static line => line != "  run:").ElementAt(1))
            .Select(static option => $"{option.Groups[1].Value}={option.Groups[2].Value.Trim('"')}");

    private static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Folder, file));

    /// <summary>The lines below a service's name.</summary>
    private static string[] Service(string file, string name) =>
        [.. Lines(file).SkipWhile(line => line != $"  {name}:").Skip(1).TakeWhile(static line => line.Length == 0 || line.StartsWith("    ", StringComparison.Ordinal))];

    [GeneratedRegex(@"^    stop_grace_period: (\d+)s$")]
    private static partial Regex Grace();

    [GeneratedRegex("""(\w+): ("[^"]*"|[^ ,{]+)(?=[ ,])""")]
    private static partial Regex VolumeOption();

    [GeneratedRegex("^  [a-z-]+:$")]
    private static partial Regex ServiceName();

    [GeneratedRegex(@"^      - \./([^:]+):/")]
    private static partial Regex Mount();

    [GeneratedRegex("<VersionPrefix>(.+)</VersionPrefix>")]
    private static partial Regex Version();
}
