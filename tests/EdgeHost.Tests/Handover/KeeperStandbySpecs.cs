using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>The process that waits for a crash, where <c>upgrade.keeper</c> is on.</summary>
[Collection(Heavy.Name)]
public sealed class KeeperStandbySpecs : KeeperHarness
{
    [LinuxFact]
    public async Task A_standby_has_the_descriptors_of_old_connections()
    {
        await using var edge = await StartedWithKeeper();
        var standby = await Standby(edge);
        using (await Joined())
        {
            await Kept(1);
            await Eventually.True(() => Common() == 2, () => $"{Common()} socket(s) are in both processes, not 2");
        }
        await Kept(0);
        await Eventually.True(() => Common() == 0, () => $"{Common()} socket(s) are in both processes, not 0");

        int Common() => Sockets(standby).Intersect(Sockets(Serving(edge))).Count();
        static IEnumerable<string?> Sockets(int process) => new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos()
            .Select(static fd => fd.LinkTarget).Where(static target => target?.StartsWith("socket:", StringComparison.Ordinal) == true);
    }

    [LinuxFact]
    public async Task A_restart_replaces_the_standby_of_the_program_before()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        var before = await Standby(edge);
        (await Ctl("restart")).ShouldSucceed();
        await Eventually.True(() => !Directory.Exists($"/proc/{before}"), () => $"process {before} is still there");
        await Kept(1);
        await Standby(edge);
        await Crash(edge);
        await Exchange(held, "by the other standby");
    }

    [LinuxTheory]
    [InlineData("STOP", "does not continue, so it is ended")]
    [InlineData("KILL", "")]
    public async Task A_standby_that_does_not_continue_is_replaced(string signal, string message)
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        var standby = await Standby(edge);
        (await Tool.Run("sh", "-c", $"kill -{signal} {standby}; kill -9 {Serving(edge)}")).ShouldSucceed();
        await Exchange(held, "by a process that was started afterwards");
        Assert.NotEqual(standby, Serving(edge));
        Assert.Contains(message, edge.Err.Text);
        await Kept(1);
        await Crash(edge);
        await Exchange(held, "and by its standby");
    }
}
