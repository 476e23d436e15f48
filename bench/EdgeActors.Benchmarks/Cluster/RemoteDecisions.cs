using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Benchmarks.Cluster;

/// <summary>
/// What it costs to ask another node whether a client may come in: two nodes of a cluster in this process, connected by their real remoting
/// over loopback, and clients whose shard is on the other one. Not a benchmark of BenchmarkDotNet, as p99 and the CPU time of all threads
/// are wanted.
/// </summary>
internal static class RemoteDecisions
{
    private const int Alone = 20_000, InFlight = 64;

    public static async Task<int> Run(int decisions, string tls)
    {
        await using var log = new EdgeLog(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
        IPEndPoint[] addresses = [Free(), Free()];
        var gates = new[] { new ClusterGateway(), new ClusterGateway() };
        var keepers = addresses.Select((address, i) => Join(address, addresses, tls, gates[i], log)).ToArray();
        using var system = ActorSystem.Create("bench");
        var limiter = system.ActorOf(RateLimiterFacadeActor.Props(gates[0]));
        Until(() => gates.All(static gate => gate.Picture.Members.Count(static member => member.Status == "Up") == 2));
        // The first node has them all until the second one has joined.
        Until(() => gates.All(static gate => gate.Picture.ShardsHere == RateLimitExtractor.Shards / 2));
        var clients = await Remote(limiter, gates[0]);

        var times = new long[Alone];
        for (var i = 0; i < Alone; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await limiter.Ask<RateAnswer>(new RateQuery(0, clients[i % clients.Count]));
            times[i] = Stopwatch.GetTimestamp() - began;
        }
        Array.Sort(times);
        Console.WriteLine($"one at a time: p50 {Microseconds(times[Alone / 2]):F0} us, p99 {Microseconds(times[Alone * 99 / 100]):F0} us");

        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var done = new TaskCompletionSource();
        var askers = system.ActorOf(Props.Create(() => new Askers(limiter, clients, decisions, done)));
        for (var i = 0; i < InFlight; i++)
            askers.Tell(RateAnswer.Alone);
        await done.Task;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - before;
        Console.WriteLine($"{InFlight} in flight: {decisions / watch.Elapsed.TotalSeconds:F0} decisions/s, {decisions / cpu.TotalSeconds:F0} a second of CPU time (both nodes), {cpu.TotalMicroseconds / decisions:F1} us each");
        Console.WriteLine($"decided by the other node: {gates[0].DecidedRemotely}, by this one: {gates[0].DecidedLocally}, without the cluster: {gates[0].DecidedAlone}");
        await Task.WhenAll(keepers.Select(static keeper => keeper.Leave()));
        return 0;
    }

    private sealed class Askers(IActorRef limiter, List<AddressKey> clients, int decisions, TaskCompletionSource done) : UntypedActor
    {
        private int _asked;
        private int _answered = -InFlight;

        protected override void OnReceive(object message)
        {
            if (++_answered == decisions)
                done.SetResult();
            if (_asked < decisions)
                limiter.Tell(new RateQuery(0, clients[_asked++ % clients.Count]), Self);
        }
    }

    /// <summary>A client of each shard that the other node has.</summary>
    private static async Task<List<AddressKey>> Remote(IActorRef limiter, ClusterGateway gate)
    {
        var found = new List<AddressKey>();
        for (var shard = 0; shard < RateLimitExtractor.Shards; shard++)
        {
            var client = Enumerable.Range(0, 100_000)
                .Select(static n => new AddressKey(1, (ulong)n))
                .First(key => key.ShardOf(RateLimitExtractor.Shards) == shard);
            // A shard finds its home with the first question.
            for (RateAnswer? answer = null; answer is null || ReferenceEquals(answer, RateAnswer.Alone); await Task.Delay(20))
            {
                try
                {
                    answer = await limiter.Ask<RateAnswer>(new RateQuery(0, client), TimeSpan.FromSeconds(1));
                }
                catch (AskTimeoutException)
                {
                }
            }
            var remote = gate.DecidedRemotely;
            await limiter.Ask<RateAnswer>(new RateQuery(0, client), TimeSpan.FromSeconds(1));
            if (gate.DecidedRemotely > remote)
                found.Add(client);
        }
        return found;
    }

    private static ClusterSupervisor Join(IPEndPoint self, IPEndPoint[] all, string tls, ClusterGateway gate, EdgeLog log)
    {
        var settings = Settings.Read($$"""
            listener-defaults.rate-limit.limit = 1000000
            cluster { enabled = on, bind = "{{self}}", seeds = ["{{all[0]}}", "{{all[1]}}"], tls = {{tls}} }
            """);
        var limits = new RateLimits([]);
        limits.Publish([settings.Listeners[0].RateLimit], ["https"]);
        return new ClusterSupervisor(settings, gate, limits, SystemHostResolver.Instance, log, TimeProvider.System);
    }

    private static IPEndPoint Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static void Until(Func<bool> condition)
    {
        // Not spinning: the nodes need the processor.
        for (var since = Stopwatch.StartNew(); !condition(); Thread.Sleep(20))
        {
            if (since.Elapsed > TimeSpan.FromSeconds(60))
                throw new TimeoutException("the two nodes have not found each other");
        }
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
