using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary><c>edge ctl restart</c>: the process replaces itself, and connections stay.</summary>
public sealed class RestartSpecs : UpgradeHarness
{
    [LinuxTheory]
    [InlineData("")]
    [InlineData("upgrade.socket = off")]
    public async Task Keys_that_need_a_restart_change_without_losing_a_connection(string more)
    {
        var notify = Folder.File("notify.sock");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(notify));
        var path = Config("", "it", more: more);
        await using var old = new BackgroundProcess("env", [$"NOTIFY_SOCKET={notify}", .. EdgeProcess.Command("run", "-c", path)]);
        await old.Out.WaitFor("control socket");
        using var held = await Joined();
        Config("", "it", more: $"{more}\nlog.format = json");
        Assert.Contains(
            "log.format has changed and takes effect after a restart (edge ctl restart)", (await Ctl("reload")).ShouldSucceed().Out);

        var pid = await Restarted();
        try
        {
            Assert.NotEqual(old.Id, pid);
            await old.Out.WaitFor("\"message\":\"upgrade: 1 connection(s) of the process before taken over");
            await Exchange(held, "by the new process");
            Assert.Contains($"\"pid\":{pid}", (await Ctl("--json", "status")).ShouldSucceed().Out);
            Assert.Contains("\"id\":1,", (await Ctl("--json", "connections")).ShouldSucceed().Out);
            Assert.Contains($"MAINPID={pid}\nREADY=1", Notified(manager));
            // Once more, by the process that has replaced the first.
            pid = await Restarted();
            await Exchange(held, "and by the next");
            await old.Out.WaitFor("\"message\":\"stopped\"");
            held.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await held.ReceiveAsync(new byte[1]));
            await Eventually.True(
                () => old.Out.Lines.Count(static line => line.Contains("CLOSE", StringComparison.Ordinal)) == 1,
                () => $"there is not one CLOSE line:\n{old.Out.Text}");
        }
        finally
        {
            await Tool.Run("sh", "-c", $"kill -TERM {pid}");
        }
    }

    [LinuxFact]
    public async Task Errors_in_the_configuration_are_answered_and_change_nothing()
    {
        var path = Config("", "it");
        await using var edge = EdgeProcess.Start("run", "-c", path);
        await edge.Out.WaitFor("control socket");
        using var held = await Joined();
        Config("", "it", more: "limits.max-connections = many\nno-such-key = 1");
        var refused = await Ctl("restart");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("limits.max-connections", refused.Err);
        Assert.Contains("no-such-key", refused.Err);
        await Exchange(held, "as if nothing had been");
        Assert.False(edge.HasExited);
        await edge.Out.WaitFor("ERROR   restart: ");
    }

    [LinuxFact]
    public async Task A_program_that_was_called_by_a_symbolic_link_is_called_by_it_again()
    {
        var command = EdgeProcess.Command("run", "-c", Config("", "it"));
        var link = Folder.File("program");
        (await Tool.Run("sh", "-c", $"ln -s \"$(readlink -f \"$(command -v '{command[0]}')\")\" '{link}'")).ShouldSucceed();
        await using var edge = new BackgroundProcess(link, [.. command.Skip(1)]);
        await edge.Out.WaitFor("control socket");
        var pid = await Restarted();
        var called = await File.ReadAllTextAsync($"/proc/{pid}/cmdline");
        await Tool.Run("sh", "-c", $"kill -TERM {pid}");
        Assert.StartsWith(link, called, StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task A_new_process_that_does_not_start_changes_nothing()
    {
        var path = Config("", "it");
        await using var edge = EdgeProcess.Start("run", "-c", path);
        await edge.Out.WaitFor("control socket");
        using var held = await Joined();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        Config("", "it", more: $"admin.bind = \"{taken.LocalEndPoint}\"");
        var refused = await Ctl("restart");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the new process has ended with exit code 1 before it was ready, see the log; nothing has changed", refused.Err);
        Assert.Contains("another program listens there already", edge.Err.Text);
        await Exchange(held, "as if nothing had been");
        using var another = await Joined();
    }

    [LinuxFact]
    public async Task Systemd_has_to_be_told()
    {
        var path = Config("", "it");
        var command = string.Join(' ', EdgeProcess.Command("run", "-c", path).Select(static word => $"'{word}'"));
        await using var edge = new BackgroundProcess("sh", "-c", $"SYSTEMD_EXEC_PID=$$ exec {command}");
        await edge.Out.WaitFor("control socket");
        var refused = await Ctl("restart");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("systemd would end the new process with this one; set Type=notify in the unit", refused.Err);
    }

    [RequiresToolFact("unshare", Root = "it makes a pid namespace")]
    public async Task The_first_process_of_a_container_stays()
    {
        var path = Config("", "it");
        await using var edge = new BackgroundProcess(
            "unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", .. EdgeProcess.Command("run", "-c", path)]);
        await edge.Out.WaitFor("control socket");
        var refused = await Ctl("restart");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("this process is the first one of its container, which ends with it; start a second container", refused.Err);
    }

    /// <summary>The new process.</summary>
    private async Task<int> Restarted() => int.Parse(
        (await Ctl("restart")).ShouldSucceed().Out.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);

    private Task<ToolResult> Ctl(params IEnumerable<string> words) => EdgeProcess.Run(["ctl", "--socket", Control, .. words]);

    private static string Notified(Socket manager)
    {
        var (all, buffer) = (new StringBuilder(), new byte[4096]);
        while (manager.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
            all.AppendLine(Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)));
        return all.ToString();
    }
}
