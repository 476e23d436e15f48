using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Handover;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Deployment;

/// <summary>The unit of docker/systemd under a real systemd: which process is the service, and what becomes of connections.</summary>
public sealed class SystemdRestartSpecs : UpgradeHarness
{
    private const string Unit = "edge.service", Socket = "/run/edge/ctl.sock", RunWords = " run -c ";

    [RequiresSystemdFact]
    public async Task The_main_process_passes_to_the_next_one_and_connections_live_on()
    {
        await using var systemd = await Installed();
        var pid = await Started(systemd);
        using var held = await Joined();

        // By the operator, then by ExecReload, then by the process that has replaced the one that systemd had started.
        string[] reload = ["systemctl", "reload", Unit];
        foreach (var command in (IReadOnlyList<string>[])[EdgeProcess.Command("ctl", "--socket", Socket, "restart"), reload, reload])
        {
            (await systemd.Run(command)).ShouldSucceed();
            pid = await ShouldHaveReplaced(systemd, pid);
            await Exchange(held, "still there");
            using var another = await Joined();
        }
        Assert.Contains($"Main PID: {pid} (", (await systemd.Run("systemctl", "status", Unit)).ShouldSucceed().Out);

        // A crash of the process that systemd has not started itself.
        (await systemd.Run("kill", "-KILL", pid)).ShouldSucceed();
        await Until(
            systemd,
            async () => await systemd.Property(Unit, "NRestarts") == "1" && await systemd.Property(Unit, "ActiveState") == "active");
        Assert.Equal([await systemd.Property(Unit, "MainPID")], await systemd.Processes(RunWords));
        using var anew = await Joined();
        anew.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await Client.ReadToEnd(anew));

        (await systemd.Run("systemctl", "stop", Unit)).ShouldSucceed();
        Assert.Equal("inactive", await systemd.Property(Unit, "ActiveState"));
        Assert.Equal("success", await systemd.Property(Unit, "Result"));
        Assert.Empty(await systemd.Processes(RunWords));
    }

    [RequiresSystemdFact]
    public async Task A_next_process_that_does_not_start_leaves_the_service_as_it_is()
    {
        await using var systemd = await Installed();
        var pid = await Started(systemd);
        using var held = await Joined();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        Configure($"admin.bind = \"{taken.LocalEndPoint}\"");
        Assert.NotEqual(0, (await systemd.Run("systemctl", "reload", Unit)).ExitCode);
        Assert.Equal(("active", pid), (await systemd.Property(Unit, "ActiveState"), await systemd.Property(Unit, "MainPID")));
        Assert.Equal([pid], await systemd.Processes(RunWords));
        await Exchange(held, "as if nothing had been");
    }

    /// <summary>The unit as it is, but for what this machine has elsewhere.</summary>
    private async Task<SystemdInstance> Installed()
    {
        File.Copy(Path.Combine(Repository.Root, "docker", "systemd", Unit), Folder.File(Unit));
        Configure("");
        Directory.CreateDirectory(Folder.File($"{Unit}.d"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder.Path, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(Folder.File($"{Unit}.d"), "test.conf"), $"""
            [Service]
            ExecStartPre=
            ExecStartPre={Line("check", "-c", Folder.File("edge.conf"))}
            ExecStart=
            ExecStart={Line("run", "-c", Folder.File("edge.conf"))}
            ExecReload=
            ExecReload={Line("ctl", "--socket", Socket, "restart")}
            ConfigurationDirectory=
            # PrivateTmp hides them.
            BindReadOnlyPaths={Folder.Path} {Repository.Root}
            StandardOutput=append:{Folder.File("edge.log")}
            StandardError=append:{Folder.File("edge.log")}

            """);
        return await SystemdInstance.Start(Folder);
    }

    private void Configure(string more) => File.Move(Config("", "it", more: $$"""
        control.socket = "{{Socket}}"
        upgrade.socket = off
        {{more}}
        """), Folder.File("edge.conf"), overwrite: true);

    private async Task<string> Started(SystemdInstance systemd)
    {
        var started = await systemd.Run("systemctl", "start", Unit);
        Assert.True(started.ExitCode == 0, $"{started.Err}\n{(await systemd.Run("systemctl", "status", Unit)).Out}\n{Log}");
        return await systemd.Property(Unit, "MainPID");
    }

    /// <returns>The new main process.</returns>
    private async Task<string> ShouldHaveReplaced(SystemdInstance systemd, string pid)
    {
        var next = "";
        await Until(systemd, async () =>
        {
            next = await systemd.Property(Unit, "MainPID");
            return next != pid && (await systemd.Processes(RunWords)).SequenceEqual([next]);
        });
        Assert.Equal(("active", "0"), (await systemd.Property(Unit, "ActiveState"), await systemd.Property(Unit, "NRestarts")));
        return next;
    }

    private async Task Until(SystemdInstance systemd, Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
                throw new TimeoutException($"{(await systemd.Run("systemctl", "status", Unit)).Out}\n{Log}");
            await Task.Delay(50);
        }
    }

    private string Log => File.Exists(Folder.File("edge.log")) ? File.ReadAllText(Folder.File("edge.log")) : "";

    private static string Line(params IEnumerable<string> words) =>
        string.Join(' ', EdgeProcess.Command(words).Select(static (word, i) => i == 0 ? Tool.Locate(word) : word));
}
