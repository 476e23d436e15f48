using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;
using EdgeActors.Transport.Sockets;

namespace EdgeActors.Tests.Transport;

/// <summary>Sockets that one transport has from another, as a process has them from the one before it.</summary>
public abstract partial class TransportContract
{
    private LinkHarness HarnessAfter(LinkHarness before) =>
        new((gate, time) => Create(gate, time, TimeSpan.FromMilliseconds(300), 8), before: before.Listener);

    [LinuxFact]
    public async Task Who_waits_in_the_queue_of_a_listener_that_is_gone_is_accepted_by_the_next()
    {
        await using var before = NewHarness(maxConnections: 1);
        using var first = await before.Dial();
        await before.NextLink();
        // It is full: these wait.
        using var second = await before.Dial();
        using var third = await before.Dial();

        await using var after = HarnessAfter(before);
        Assert.Equal(before.Listener.EndPoint, after.Listener.EndPoint);
        before.Listener.Dispose();
        Socket[] waiting = [second, third];
        Assert.Equal(
            waiting.Select(static client => client.LocalEndPoint!.ToString()).Order(),
            new[] { await after.NextLink(), await after.NextLink() }.Select(static link => link.Client.ToString()).Order());
        Assert.False(before.HasAccepted);

        // And who comes later, too.
        using var fourth = await after.Dial();
        Assert.Equal(fourth.LocalEndPoint, (await after.NextLink()).Client);
    }

    [LinuxFact]
    public async Task An_end_stays_orderly_though_the_listener_was_another_s()
    {
        await using var before = NewHarness();
        await using var after = HarnessAfter(before);
        before.Listener.Dispose();
        var (client, server, _) = await after.Joined();
        using (client)
        using (server)
        {
            server.Shutdown(SocketShutdown.Send);
            // A reset would throw.
            Assert.Equal(0, await LinkHarness.ReadOnce(client));
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await LinkHarness.ReadOnce(server));
            Assert.Equal("ended: Finished", await after.NextEvent());
        }
    }

    [LinuxFact]
    public async Task A_listener_that_is_lent_goes_on_when_nothing_comes_of_it()
    {
        await using var harness = NewHarness();
        foreach (var lent in harness.Listener.Duplicate())
            SharedSockets.Release(lent);
        using var client = await harness.Dial();
        Assert.Equal(client.LocalEndPoint, (await harness.NextLink()).Client);
    }

    /// <summary>Its descriptor would keep the address open, and clients would wait in a queue that nobody accepts from.</summary>
    [LinuxFact]
    public async Task A_program_that_is_started_after_a_listener_was_lent_does_not_inherit_it()
    {
        await using var harness = NewHarness();
        foreach (var lent in harness.Listener.Duplicate())
            SharedSockets.Release(lent);
        // It ends with its input.
        using var other = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        harness.Listener.Dispose();
        await Assert.ThrowsAsync<SocketException>(harness.Dial);
        other.StandardInput.Close();
        await Eventually.Within(other.WaitForExitAsync());
    }
}

/// <summary>From one kind and number of threads to another.</summary>
[Collection(Alone.Name)]
public sealed class InheritedSocketSpecs
{
    private static EpollTransport Epoll(int reactors, AcceptGate gate, TimeProvider time) => new(
        new EpollTransportOptions(reactors, Pin: false, PipeSize: 1 << 20, MaxPipes: 64, DeferAccept: false, TimeSpan.Zero, 8), gate, time);

    /// <param name="first">Reactors; 0: the portable transport.</param>
    /// <param name="second">Of the next one.</param>
    [LinuxTheory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(0, 2)]
    [InlineData(3, 0)]
    [InlineData(0, 0)]
    public async Task Each_client_is_accepted_whatever_the_numbers(int first, int second)
    {
        ITransport Create(int reactors, AcceptGate gate, TimeProvider time) =>
            reactors == 0 ? new SocketTransport(new SocketTransportOptions(), gate, time) : Epoll(reactors, gate, time);
        await using var before = new LinkHarness((gate, time) => Create(first, gate, time));
        await using var after = new LinkHarness((gate, time) => Create(second, gate, time), before: before.Listener);
        before.Listener.Dispose();
        // By so many, each socket of a group has had some.
        const int Enough = 64;
        var clients = new List<Socket>();
        for (var i = 0; i < Enough; i++)
            clients.Add(await after.Dial());
        for (var i = 0; i < Enough; i++)
            await after.NextLink();
        clients.ForEach(static client => client.Dispose());
    }

    /// <summary>epoll(7) knows the socket, which the other process keeps open, and not the descriptor, which is closed.</summary>
    [LinuxFact]
    public async Task A_reactor_whose_listener_is_another_s_now_has_its_rest()
    {
        await using var before = new LinkHarness((gate, time) => Epoll(1, gate, time));
        var lent = before.Listener.Duplicate();
        before.Listener.Dispose();
        // In its queue, which nobody accepts from.
        using var waiting = await before.Dial();
        var (cpu, since) = (ReactorTicks(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromMilliseconds(500))
            await Task.Delay(50);
        var used = ReactorTicks() - cpu;
        // Of the fifty that a spinning thread has.
        Assert.True(used <= 10, $"{used} ticks of CPU time");
        foreach (var socket in lent)
            SharedSockets.Release(socket);
    }

    /// <summary>CPU time of this process's reactor threads, in hundredths of a second; proc_pid_stat(5), fields 14 and 15, of each
    /// thread.</summary>
    private static int ReactorTicks()
    {
        var sum = 0;
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(thread, "stat"));
            }
            catch (IOException)
            {
                // One of the pool's, which has ended meanwhile.
                continue;
            }
            if (!stat.Contains("(edge-reactor", StringComparison.Ordinal))
                continue;
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            sum += int.Parse(fields[11], CultureInfo.InvariantCulture) + int.Parse(fields[12], CultureInfo.InvariantCulture);
        }
        return sum;
    }
}
