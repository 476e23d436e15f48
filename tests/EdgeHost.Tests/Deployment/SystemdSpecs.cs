using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Deployment;

/// <summary>systemd understands the unit, and finds it well confined.</summary>
public sealed class SystemdSpecs
{
    private static string Unit => Path.Combine(Repository.Root, "docker", "systemd", "edge.service");

    [RequiresToolFact("systemd-analyze")]
    public async Task Systemd_takes_every_line_of_the_unit()
    {
        using var folder = new TestFolder();
        // That the program is where the unit has it, is the one thing that is not so here.
        var unit = folder.Write(
            "edge.service", (await File.ReadAllTextAsync(Unit)).Replace("/opt/edge/edge", "/bin/true", StringComparison.Ordinal));
        var verified = (await Tool.Run("systemd-analyze", "verify", "--man=no", unit)).ShouldSucceed();
        Assert.DoesNotContain("edge.service", verified.Err);
    }

    [RequiresToolFact("systemd-analyze")]
    public async Task Its_exposure_is_low()
    {
        // As systemd-analyze has it: tenths, of which 0 to 20 are called OK.
        const string Threshold = "20";
        (await Tool.Run("systemd-analyze", "security", "--offline=true", "--no-pager", $"--threshold={Threshold}", Unit)).ShouldSucceed();
    }
}
