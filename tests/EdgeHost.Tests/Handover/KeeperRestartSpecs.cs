using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using EdgeActors.Tests;
using EdgeHost.Handover;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>A crash of either process during <c>edge ctl restart</c>, where <c>upgrade.keeper</c> is on.</summary>
[Collection(Heavy.Name)]
public sealed partial class KeeperRestartSpecs : KeeperHarness
{
    [LinuxFact]
    public async Task A_process_that_ends_while_its_replacement_starts_is_followed_by_one_process_alone()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        await Standby(edge);
        var old = Serving(edge);
        var restart = Ctl("restart");
        await Eventually.True(() => Serving(edge) != old, () => $"no replacement:\n{edge.Out.Text}");
        var replacement = Serving(edge);
        await edge.Out.WaitFor("is about to take over");
        Kill(old);
        await Exchange(held, "by the standby, or by a replacement that was ready already");
        await restart;
        await Eventually.True(
            () => Serving(edge) == replacement || HasEnded(replacement), () => $"process {replacement} goes on:\n{edge.Out.Text}");
        await Kept(1);
        Assert.Equal(1, Recoveries(edge));
    }

    [LinuxFact]
    public async Task Connections_that_a_process_has_not_passed_on_yet_outlive_it()
    {
        await using var edge = await StartedWithKeeper();
        var held = new List<Socket>();
        try
        {
            for (var i = 0; i < 500; i++)
                held.Add(await Joined());
            await Kept(held.Count);
            var old = Serving(edge);
            var restart = Ctl("restart");
            await edge.Out.WaitFor("has taken over");
            Kill(Serving(edge));
            await restart;
            await edge.Out.WaitFor("may go on for");
            var left = int.Parse(LeftLine().Match(edge.Out.Text).Groups[1].Value, CultureInfo.InvariantCulture);
            // The process that follows the killed one.
            using (var next = await Joined())
                await Exchange(next, "by the third process");
            Assert.NotEqual(old, Serving(edge));
            Kill(old);
            await Eventually.True(() => Recoveries(edge) == 2, () => $"no process goes on:\n{edge.Out.Text}");
            // A batch that came back from the killed process may not be kept again yet.
            Assert.InRange(await Survivors(held), Math.Max(1, left - HandoverBatch.MaxConnections), held.Count);
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

    private static bool HasEnded(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // No such file, or ESRCH.
            return true;
        }
    }

    [GeneratedRegex(@"(\d+) connection\(s\) may go on for")]
    private static partial Regex LeftLine();
}
