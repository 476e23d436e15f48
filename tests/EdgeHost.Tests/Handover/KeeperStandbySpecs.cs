using System.Net;
using System.Net.Sockets;
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

    [LinuxFact]
    public async Task A_configuration_that_no_longer_starts_ends_the_keeper()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        Config("reactors = 2", "kept", more: $"admin.bind = \"{taken.LocalEndPoint}\"\nupgrade.keeper = on");
        (await Tool.Run("kill", "-9", $"{Serving(edge)}")).ShouldSucceed();
        Assert.NotEqual(0, await edge.Exit());
        Assert.Contains("another program listens there already", edge.Err.Text);
        Assert.Contains("so the keeper ends", edge.Err.Text);
        Assert.Equal(0, await Client.ReadToEnd(held));
    }

    [LinuxFact]
    public async Task Connections_wait_until_a_configuration_that_does_not_start_is_mended()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        Config("reactors = 2", "kept", more: "no-such-key = 1");
        (await Tool.Run("kill", "-9", $"{Serving(edge)}")).ShouldSucceed();
        const string Waits = "connections wait until the configuration has no error";
        // More often than other starts that fail.
        await Eventually.True(
            () => edge.Err.Lines.Count(static line => line.Contains(Waits, StringComparison.Ordinal)) > 6, () => edge.Err.Text);
        Assert.Contains("no-such-key", edge.Err.Text);
        Config("reactors = 2", "kept", more: On);
        await Exchange(held, "by the next process");
    }
}
