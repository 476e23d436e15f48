using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>One process after the other takes over, and no client sees it.</summary>
public sealed class UpgradeSpecs : UpgradeHarness
{
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Doors_of_operators_lead_to_the_new_process_and_both_are_still_told_by_signals()
    {
        await using var old = await Started("", "old");
        using var held = await Joined();
        // Undecided, so it stays.
        using var silent = await Client.Connect(Listener);
        await Eventually.True(
            () => old.Out.Lines.Count(static line => LogLine.Is(line, "ACCEPT")) == 2, () => "the silent client is not accepted");
        using var watching = BackgroundWatch();
        await using var edge = await Started("", "new");
        await edge.Out.WaitFor("upgrade: taken over");
        await Exchange(held, "by the new process");

        Assert.Contains($"\"pid\":{edge.Id}", (await EdgeProcess.Run("ctl", "--socket", Control, "--json", "status")).ShouldSucceed().Out);
        (await Http.Get(Admin, "/health")).ShouldBe(HttpStatusCode.OK);
        (await Http.Get(Plain, "/")).ShouldBe(HttpStatusCode.MovedPermanently);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Control));
        Assert.Equal(["ctl.sock", "edge-new.conf", "edge-old.conf", "upgrade.sock"], Names());

        // An order to stop has the old process wait for no longer than it would have without an upgrade.
        await old.Signal("TERM");
        Assert.Equal(0, await old.Exit());
        Assert.Equal(0, await Client.ReadToEnd(silent));
        await Exchange(held, "still there");
        Assert.Equal("DRAINED", new LogLine(old.Out.Lines.Single(static line => LogLine.Is(line, "CLOSE")))["reason"]);
        Assert.Equal(["ctl.sock", "edge-new.conf", "edge-old.conf", "upgrade.sock"], Names());
        (await Joined()).Dispose();
    }

    [Fact]
    public async Task What_was_known_of_servers_and_of_the_floating_IP_is_known_still()
    {
        // Checked so seldom that within this spec the new process finds out nothing by itself.
        const string Checks = "initial = down, interval = 2s, timeout = 2s, fast-interval = 100ms, rise = 2, fall = 1";
        using var up = OddServer.That(static socket => Client.ReadToEnd(socket));
        var down = Loopback.NextEndPoint();
        string Backends(string checks) => $$"""
            web { servers = [{ name = up, address = "{{Server.EndPoint}}" }, { name = down, address = "{{down}}" }, { name = out, address = "{{up.EndPoint}}" }]
                  proxy-protocol = off, health { {{checks}} } }
            """;
        await using var old = await Started("", "old", Backends(Checks), "");
        await old.Out.WaitFor("server web/up");
        await old.Out.WaitFor("server web/out");
        (await EdgeProcess.Run("ctl", "--socket", Control, "server", "web/out", "maint")).ShouldSucceed();
        (await EdgeProcess.Run("ctl", "--socket", Control, "server", "web/up", "weight", "7")).ShouldSucceed();
        (await EdgeProcess.Run("ctl", "--socket", Control, "floating-ip", "active")).ShouldSucceed();

        await using var edge = await Started("", "new", Backends("initial = down, interval = 10m"), "");
        await edge.Out.WaitFor("upgrade: taken over");
        var servers = (await EdgeProcess.Run("ctl", "--socket", Control, "backends", "web")).ShouldSucceed().Out.Split('\n');
        Assert.Matches(@"\bup\b.* UP .*\b7\b", servers.Single(static line => line.Contains(" up ", StringComparison.Ordinal)));
        Assert.Contains(" DOWN ", servers.Single(static line => line.Contains(" down ", StringComparison.Ordinal)));
        Assert.Contains(" MAINT ", servers.Single(static line => line.Contains(" out ", StringComparison.Ordinal)));
        Assert.Contains(
            "\"floating_ip\":\"active\"", (await EdgeProcess.Run("ctl", "--socket", Control, "--json", "floating-ip")).ShouldSucceed().Out);
        Assert.DoesNotContain("no node has taken the floating IP", old.Out.Text);
        using var client = await Joined();
    }

    [Fact]
    public async Task A_new_process_that_fails_leaves_the_old_one_as_it_was()
    {
        await using var old = await Started("", "old");
        using var held = await Joined();

        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var failed = await EdgeProcess.Run("run", "-c", Config("", "bad", null, $"admin.bind = \"{taken.LocalEndPoint}\""));
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("another program listens there already", failed.Err);
        await old.Out.WaitFor("has gone before it was ready, this one goes on");

        await ShouldGoOn(old, held);
    }

    [Fact]
    public async Task A_new_process_that_is_killed_before_it_is_ready_leaves_the_old_one_as_it_was()
    {
        await using var old = await Started("", "old");
        using var held = await Joined();

        // Asks for the sockets as a new process does, and dies with them in its hands.
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified))
        {
            await killed.ConnectAsync(new UnixDomainSocketEndPoint(Folder.File("upgrade.sock")));
            await killed.SendAsync("""{"Kind":"take","Speaks":1,"Pid":4711}"""u8.ToArray());
            Assert.StartsWith("""{"Kind":"socket""", await Said(killed));

            // Meanwhile nobody else may.
            using var second = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
            await second.ConnectAsync(new UnixDomainSocketEndPoint(Folder.File("upgrade.sock")));
            await second.SendAsync("""{"Kind":"take","Speaks":1}"""u8.ToArray());
            Assert.Contains("another process is taking over already", await Said(second));
        }
        await old.Out.WaitFor("the other process has gone before it was ready, this one goes on");
        await ShouldGoOn(old, held);
    }

    [Fact]
    public async Task A_process_that_speaks_another_version_is_told_so()
    {
        await using var old = await Started("", "old");
        using var other = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        await other.ConnectAsync(new UnixDomainSocketEndPoint(Folder.File("upgrade.sock")));
        await other.SendAsync("""{"Kind":"take","Speaks":2}"""u8.ToArray());
        Assert.Contains("it speaks version 1 of this, not 2", await Said(other));
        using var held = await Joined();
        await ShouldGoOn(old, held);
    }

    [RequiresToolFact("setpriv", Root = "another user is tried")]
    public async Task Another_user_is_refused()
    {
        await using var old = await Started("", "old");
        // It gets past the file's mode, not past the kernel's word.
        (await Tool.Run("chmod", "755", Folder.Path)).ShouldSucceed();
        (await Tool.Run("chmod", "666", Folder.File("upgrade.sock"))).ShouldSucceed();
        var config = Config("", "other");
        var failed = await Tool.Run("setpriv", ["--reuid=65534", "--clear-groups", .. EdgeProcess.Command("run", "-c", config)]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("does not hand over: user 65534 may not take over here", failed.Err);
        using var held = await Joined();
        await ShouldGoOn(old, held);
    }

    [Fact]
    public async Task A_file_that_a_dead_process_has_left_is_nobody()
    {
        var file = Folder.File("upgrade.sock");
        await using (var dead = await Started("", "dead"))
        {
            // It begins to accept clients a little earlier.
            await Eventually.True(() => File.Exists(file), () => dead.Out.Text);
            await dead.Signal("KILL");
            await dead.Exit();
        }
        Assert.True(File.Exists(file));
        await using var edge = await Started("", "new");
        using var held = await Joined();
    }

    private async Task ShouldGoOn(BackgroundProcess edge, Socket held)
    {
        await Exchange(held, "as if nothing had been");
        using var another = await Joined();
        await Exchange(another, "for others, too");
        (await Http.Get(Health, "/ready")).ShouldBe(HttpStatusCode.OK);
        (await EdgeProcess.Run("ctl", "--socket", Control, "status")).ShouldSucceed();
        Assert.DoesNotContain(edge.Out.Lines, static line => line.Contains("accepting no more", StringComparison.Ordinal));
        // And the next one is handed over to.
        await using var next = await Started("", "next");
        await edge.Out.WaitFor("has taken over");
    }

    private static async Task<string> Said(Socket socket)
    {
        var buffer = new byte[4096];
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, deadline.Token));
    }

    /// <summary>A session of the old process, which stays with it.</summary>
    private Socket BackgroundWatch()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Control));
        return socket;
    }

    private string[] Names() =>
        [.. Directory.EnumerateFileSystemEntries(Folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
}
