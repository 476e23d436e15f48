using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>A crash of either process during <c>edge ctl restart</c>, where <c>upgrade.keeper</c> is on.</summary>
[Collection(Heavy.Name)]
public sealed partial class KeeperRestartSpecs : KeeperHarness
{
    [LinuxFact]
    public async Task A_process_that_ends_while_another_one_starts_in_its_place_is_followed_by_the_standby_alone()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        var (old, standby) = (Serving(edge), await Standby(edge));
        var restart = Ctl("restart");
        await edge.Out.WaitFor("is about to take over");
        var replacement = Serving(edge);
        Kill(old);
        await Exchange(held, "by the standby");
        Assert.NotEqual(0, (await restart).ExitCode);
        Assert.Equal(standby, Serving(edge));
        await Eventually.True(() => HasEnded(replacement), () => $"process {replacement} goes on:\n{edge.Out.Text}");
        await Kept(1);
    }

    [LinuxFact]
    public async Task Connections_that_a_process_has_not_passed_on_yet_outlive_it()
    {
        await using var edge = await StartedWithKeeper();
        var held = new List<Socket>();
        try
        {
            for (var i = 0; i < 200; i++)
                held.Add(await Joined());
            await Kept(held.Count);
            var old = Serving(edge);
            var restart = Ctl("restart");
            await edge.Out.WaitFor("has taken over");
            Kill(Serving(edge));
            await restart;
            await edge.Out.WaitFor("may go on for");
            var left = int.Parse(LeftLine().Match(edge.Out.Text).Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(left, 1, held.Count);
            // The process that follows the killed one.
            using (var next = await Joined())
                await Exchange(next, "by the third process");
            Assert.NotEqual(old, Serving(edge));
            Kill(old);
            await edge.Out.WaitFor($"{left} connection(s) continue after");
            Assert.Equal(left, await Survivors(held));
        }
        finally
        {
            held.ForEach(static socket => socket.Dispose());
        }
    }

    private static async Task<int> Survivors(List<Socket> held)
    {
        var survivors = 0;
        foreach (var socket in held)
        {
            var buffer = new byte[1];
            try
            {
                await socket.SendAsync(buffer);
                survivors += await socket.ReceiveAsync(buffer);
            }
            catch (SocketException)
            {
                // ECONNRESET, EPIPE.
            }
        }
        return survivors;
    }

    /// <summary>At once: a program that does it would be too late.</summary>
    private static void Kill(int process)
    {
        using var running = Process.GetProcessById(process);
        running.Kill();
    }

    private static bool HasEnded(int process) =>
        !File.Exists($"/proc/{process}/stat") || File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    [GeneratedRegex(@"(\d+) connection\(s\) may go on for")]
    private static partial Regex LeftLine();
}
