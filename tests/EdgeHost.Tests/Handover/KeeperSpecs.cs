using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary><c>upgrade.keeper</c>: connections and listening sockets outlive a crash.</summary>
[Collection(Heavy.Name)]
public sealed class KeeperSpecs : KeeperHarness
{
    private const int Plenty = 40_000_000;

    [LinuxFact]
    public async Task Connections_go_on_after_a_crash()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        (await Tool.Run("kill", "-9", $"{Serving(edge)}")).ShouldSucceed();
        // Before another process is there.
        using var early = await Joined();
        await Exchange(held, "by the next process");
        await Kept(2);
        Assert.Equal(1, Recoveries(edge));
        await Crash(edge);
        await Exchange(held, "and by the one after it");
        await Exchange(early, "a client that came in between, too");
        Assert.Contains("\"id\":1,", (await Ctl("--json", "connections")).ShouldSucceed().Out);
        held.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await held.ReceiveAsync(new byte[1]));
        await edge.Out.WaitFor(static line => LogLine.Is(line, "CLOSE") && new LogLine(line)["id"] == "1", "CLOSE");
        var close = new LogLine(edge.Out.Lines.Single(static line => LogLine.Is(line, "CLOSE")));
        Assert.Equal("FINISHED", close["reason"]);
        Assert.Equal($"{Hello.Length + "by the next process".Length + "and by the one after it".Length}", close["up"]);
        await Kept(1);
        await edge.Signal("TERM");
        Assert.Equal(0, await edge.Exit());
    }

    /// <summary>The client reads nothing until Edge was killed, so that bytes are in transit.</summary>
    [LinuxTheory]
    [InlineData("reactors = 1")]
    [InlineData("reactors = 1, max-pipes = 0")]
    public async Task Bytes_in_a_pipe_go_on_and_bytes_in_user_space_end_the_connection(string transport)
    {
        var sent = 0;
        using var sender = OddServer.That(async socket =>
        {
            var buffer = new byte[Hello.Length];
            for (var got = 0; got < buffer.Length;)
                got += await socket.ReceiveAsync(buffer.AsMemory(got));
            var all = new byte[Plenty];
            for (var i = 0; i < all.Length; i++)
                all[i] = (byte)(i / 251 ^ i);
            while (sent < all.Length)
                sent += await socket.SendAsync(all.AsMemory(sent, Math.Min(50_000, all.Length - sent)));
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveAsync(new byte[1]);
        });
        var backends = $"web {{ servers = [\"{sender.EndPoint}\"], proxy-protocol = off, health {{ enabled = off }} }}";
        await using var edge = await StartedWithKeeper("kept", transport, backends);
        using var client = await Client.Connect(Listener);
        await client.SendAsync(Hello);
        await Kept(1);
        await Eventually.True(() => sent > 0 && StandsStill(() => sent), () => "nothing is in transit");
        Assert.True(sent < Plenty);
        await Crash(edge);

        var (total, buffer) = (0, new byte[64 * 1024]);
        async Task ReadAll()
        {
            while (await client.ReceiveAsync(buffer) is var got and > 0)
            {
                for (var i = 0; i < got; i++, total++)
                    Assert.Equal((byte)(total / 251 ^ total), buffer[i]);
            }
        }
        if (transport.Contains("max-pipes", StringComparison.Ordinal))
        {
            Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(ReadAll)).SocketErrorCode);
            await edge.Out.WaitFor(static line => LogLine.Is(line, "CLOSE") && new LogLine(line)["reason"] == "CRASHED", "CRASHED");
        }
        else
        {
            await ReadAll().WaitAsync(Eventually.Deadline);
            Assert.Equal(Plenty, total);
        }
    }

    [LinuxFact]
    public async Task A_process_that_replaces_another_one_is_kept_in_its_place()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        var first = Serving(edge);
        (await Ctl("restart")).ShouldSucceed();
        Assert.NotEqual(first, Serving(edge));
        await Exchange(held, "by the restarted process");
        await Kept(1);
        await Crash(edge);
        await Exchange(held, "by the one after a crash");
        await Kept(1);

        await using var next = await StartedWithKeeper("next");
        Assert.Equal(0, await edge.Exit());
        await Exchange(held, "by another program");
        await Kept(1);
        await Crash(next);
        await Exchange(held, "and by the one after its crash");
    }

    [LinuxFact]
    public async Task A_listener_that_is_removed_accepts_no_more()
    {
        var extra = Loopback.NextEndPoint();
        var more = $"listeners.extra {{ bind = \"{extra}\" }}";
        await using var edge = await StartedWithKeeper(more: more);
        using (await Client.Connect(extra))
        {
        }
        Config("reactors = 2", "kept", more: On);
        (await Ctl("reload")).ShouldSucceed();
        await Assert.ThrowsAsync<SocketException>(() => Client.Connect(extra));
        await Crash(edge);
        await Assert.ThrowsAsync<SocketException>(() => Client.Connect(extra));
        using var client = await Joined();
    }

    [RequiresToolFact("prlimit")]
    public async Task Kept_connections_do_not_lower_the_limit_of_connections()
    {
        const int Clients = 60, Wanted = 1000, Few = 1000;
        var file = Config("reactors = 1", "kept", more: $"{On}\nlimits.max-connections = {Wanted}");
        int needed;
        await using (var lowered = await Limited(Few))
            needed = int.Parse((await Warning(lowered)).Split(' ')[^1], CultureInfo.InvariantCulture);
        // Descriptors that are open at the start vary by a few.
        await using var edge = await Limited(needed + Clients);
        var clients = new List<Socket>();
        for (var i = 0; i < Clients; i++)
            clients.Add(await Joined());
        await Kept(Clients);
        await Crash(edge);
        await Kept(Clients);
        Assert.DoesNotContain(edge.Out.Lines, IsWarning);
        foreach (var client in clients)
        {
            await Exchange(client, "by the next process");
            client.Dispose();
        }

        async Task<BackgroundProcess> Limited(int limit)
        {
            var started = new BackgroundProcess("prlimit", [$"--nofile={limit}:{limit}", .. EdgeProcess.Command("run", "-c", file)]);
            await started.Out.WaitFor("control socket");
            return started;
        }
        static bool IsWarning(string line) => line.Contains("open files are allowed", StringComparison.Ordinal);
        static Task<string> Warning(BackgroundProcess edge) =>
            Eventually.Get(() => edge.Out.Lines.FirstOrDefault(IsWarning), () => edge.Out.Text);
    }

    [LinuxFact]
    public async Task A_keeper_that_is_slow_delays_nothing()
    {
        const int Many = 200;
        await using var edge = await StartedWithKeeper();
        await edge.Signal("STOP");
        var clients = new List<Socket>();
        for (var i = 0; i < Many; i++)
            clients.Add(await Joined());
        await edge.Out.WaitFor("keeper: it is too slow or full");
        foreach (var client in clients)
            await Exchange(client, "as if nothing had been");
        clients[0].Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await clients[0].ReceiveAsync(new byte[1]));
        await edge.Signal("CONT");
        await Kept(Many - 1);
        await Crash(edge);
        foreach (var client in clients.Skip(1))
        {
            await Exchange(client, "by the next process");
            client.Dispose();
        }
    }

    [LinuxFact]
    public async Task Edge_goes_on_without_its_keeper_and_a_restart_brings_another()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        await Kept(1);
        var alone = Serving(edge);
        try
        {
            (await Tool.Run("kill", "-9", $"{edge.Id}")).ShouldSucceed();
            await edge.Out.WaitFor("keeper: it has ended");
            await Exchange(held, "without a keeper");
            using var another = await Joined();
            (await Ctl("restart")).ShouldSucceed();
            await edge.Out.WaitFor("of the process before taken over");
            await Kept(2);
            await Crash(edge);
            await Exchange(held, "with another keeper");
        }
        finally
        {
            await Tool.Run("kill", "-TERM", $"{(Recoveries(edge) > 0 ? Serving(edge) : alone)}");
        }
    }

    [LinuxFact]
    public async Task A_new_process_may_crash_while_the_old_one_drains()
    {
        await using var edge = await StartedWithKeeper();
        using var held = await Joined();
        // Without a hello, so that it stays with the old process.
        using var undecided = await Client.Connect(Listener);
        await Kept(1);
        (await Ctl("restart")).ShouldSucceed();
        await Kept(1);
        await Crash(edge);
        await Exchange(held, "by the one after the crash");
        using var another = await Joined();
    }

    [LinuxFact]
    public async Task Without_a_keeper_there_is_no_process_and_no_shared_memory()
    {
        await using var edge = await Started("reactors = 2", "off", more: "");
        using var held = await Joined();
        Assert.Equal(edge.Id, Serving(edge));
        Assert.Empty((await Tool.Run("pgrep", "-P", $"{edge.Id}")).Out);
        Assert.DoesNotContain("memfd:edge", (await Tool.Run("ls", "-l", $"/proc/{edge.Id}/fd")).ShouldSucceed().Out);
    }

    [RequiresToolFact("unshare", Root = "it makes a pid namespace")]
    public async Task The_first_process_of_a_container_is_the_keeper_so_that_a_restart_works()
    {
        var command = EdgeProcess.Command("run", "-c", Config("reactors = 2", "kept", more: On));
        await using var edge = new BackgroundProcess("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", .. command]);
        await edge.Out.WaitFor("control socket");
        using var held = await Joined();
        await Kept(1);
        (await Ctl("restart")).ShouldSucceed();
        await Exchange(held, "by the restarted process");
        await Kept(1);
    }

    [LinuxFact]
    public async Task A_transport_that_keeps_nothing_is_an_error()
    {
        var checkedFile = await EdgeProcess.Run("check", "-c", Config("kind = sockets", "odd", more: On));
        Assert.Equal(2, checkedFile.ExitCode);
        Assert.Contains("edge.upgrade.keeper: transport.kind = sockets keeps no connections; expected off, or", checkedFile.Err);
    }

    [LinuxFact]
    public async Task A_variable_that_names_no_socket_is_reported()
    {
        var command = EdgeProcess.Command("run", "-c", Config("", "odd"));
        var failed = await Tool.Run("env", ["EDGE_KEEPER_FD=999", .. command]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("EDGE_KEEPER_FD=999 names no socket; expected it to be unset", failed.Err);
    }

    private static bool StandsStill(Func<int> value)
    {
        var before = value();
        Thread.Sleep(200);
        return value() == before;
    }
}
