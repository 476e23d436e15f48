using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hostile;

/// <summary>An Edge that is attacked, and beside it one that is not. Good clients of both at once tell what the attack costs, and not what
/// the attacker, other programs and a slow machine cost.</summary>
public sealed class UnderAttack : IAsyncLifetime
{
    public const string Good = "good.test", Other = "other.test";

    /// <summary>600 connections of good clients to each Edge.</summary>
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(3);

    /// <summary>The attack begins this much earlier, because it makes Edge compile methods.</summary>
    private static readonly TimeSpan s_ahead = TimeSpan.FromMilliseconds(500);

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly HostileEdge _quiet;

    public UnderAttack()
        : this([], "")
    {
    }

    /// <param name="launcher">A command that starts Edge's own, which is appended.</param>
    /// <param name="more">Of the section edge.</param>
    internal UnderAttack(IReadOnlyList<string> launcher, string more)
    {
        _server.Bind(Loopback.NextEndPoint());
        _server.Listen(1024);
        Attacked = new HostileEdge(_server.LocalEndPoint!, launcher, more);
        _quiet = new HostileEdge(_server.LocalEndPoint!, launcher, more);
    }

    internal HostileEdge Attacked { get; }

    /// <summary>Resident memory, in bytes, that the attacked Edge has more than the quiet one.</summary>
    internal long MemoryBesideQuiet => Attacked.ResidentMemory - _quiet.ResidentMemory;

    public async ValueTask InitializeAsync()
    {
        _ = GoodClients.Start(Serve);
        Attacked.Start();
        _quiet.Start();
        await Attacked.Ready();
        await _quiet.Ready();
        // Compiles the path, which is not to be measured.
        await GoodClients.Run(s_time / 3, Hellos(Attacked), Hellos(_quiet), Readiness(Attacked), Readiness(_quiet));
    }

    public async ValueTask DisposeAsync()
    {
        await Attacked.DisposeAsync();
        await _quiet.DisposeAsync();
        _server.Dispose();
    }

    /// <summary>All good clients are served during the attack, and their p99 is at most 1.5 times that of the quiet Edge plus 5 ms. The
    /// attack costs Edge one core at most: beyond it the quiet Edge, too, would become slower. What misses the bound is measured once
    /// more.</summary>
    /// <param name="attack">Until <see cref="Attacker.Repeat"/> returns.</param>
    /// <param name="max">Connections of the attacker at once.</param>
    /// <param name="readiness">The good clients ask for /ready.</param>
    /// <param name="more">Milliseconds in addition.</param>
    /// <param name="begun">In a line of the attacked Edge's log before it is measured.</param>
    internal async Task Withstands(
        ITestOutputHelper output, string name, Action<Attacker> attack, int max = 2000, bool readiness = false, double more = 0,
        string? begun = null)
    {
        if (await Measure(output, name, attack, max, readiness, more, begun) is not null)
            Assert.Null(await Measure(output, name, attack, max, readiness, more, begun));
    }

    /// <returns>Why the good clients were too slow; null: they were not.</returns>
    private async Task<string?> Measure(
        ITestOutputHelper output, string name, Action<Attacker> attack, int max, bool readiness, double more, string? begun)
    {
        var (attacked, quiet) = readiness ? (Readiness(Attacked), Readiness(_quiet)) : (Hellos(Attacked), Hellos(_quiet));
        using var stop = new CancellationTokenSource();
        using var attacker = new Attacker(stop.Token, max);
        var logged = begun is null ? 0 : Attacked.Process.Out.Count(begun);
        var attacking = GoodClients.Start(() => attack(attacker));
        await Eventually.True(() => begun is null || Attacked.Process.Out.Count(begun) > logged, () => $"{begun} was not logged");
        await Task.Delay(s_ahead);
        var (cpu, quietCpu) = (Attacked.CpuTime, _quiet.CpuTime);
        await GoodClients.Run(s_time, attacked, quiet);
        var cores = (Attacked.CpuTime - cpu - (_quiet.CpuTime - quietCpu)) / s_time;
        await stop.CancelAsync();
        await attacking;
        var bound = 1.5 * quiet.P99 + 5 + more;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {attacker.Count} times, {cores:F2} cores; {attacked.Served} good clients served, p50/p99 in ms: "
            + $"quiet {quiet.P50:F1}/{quiet.P99:F1}, attacked {attacked.P50:F1}/{attacked.P99:F1}, at most {bound:F1}"));
        Assert.False(Attacked.Process.HasExited, Attacked.Process.Err.Text);
        Assert.Empty(attacked.Failures);
        Assert.True(attacker.Count > 0);
        return attacked.P99 > bound ? $"p99 is {attacked.P99:F1} ms under attack, and may be {bound:F1} ms"
            : cores > 1 ? $"the attack costs {cores:F2} cores" : null;
    }

    private static GoodClients Hellos(HostileEdge edge) => GoodClients.Hellos(edge.Listener);

    private static GoodClients Readiness(HostileEdge edge) => GoodClients.Readiness(edge.Admin);

    /// <summary>One connection after the other: each ends in a moment.</summary>
    private void Serve()
    {
        var buffer = new byte[4096];
        while (true)
        {
            try
            {
                using var socket = _server.Accept();
                socket.ReceiveTimeout = 1000;
                socket.Send(buffer, socket.Receive(buffer), SocketFlags.None);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.Interrupted or SocketError.OperationAborted)
            {
                return;
            }
            catch (SocketException)
            {
                // This client has gone.
            }
        }
    }
}
