using System.Net;
using System.Net.Sockets;
using EdgeLoad;
using EdgeLoad.Backend;
using EdgeLoad.Compare;
using EdgeLoad.Load;

const string Usage = """
    edge-load: real TCP work for a proxy that routes by SNI, and what it cost.

      edge-load backend [PORT [PLAIN-PORT]]        what the proxy leads to: PORT requires a PROXY v2 header, PLAIN-PORT refuses it
      edge-load rate HOST:PORT NAME [--connections 20000] [--at-once 64] [--pid PID,...]   whole short connections
      edge-load down HOST:PORT NAME [--mib 1024] [--streams 2] [--pid PID,...]             bytes to the client
      edge-load up   HOST:PORT NAME [--mib 1024] [--streams 2] [--pid PID,...]             bytes to the backend
      edge-load ping HOST:PORT NAME [--trips 100000] [--connections 16] [--pid PID,...]    round trips of one byte
      edge-load idle HOST:PORT NAME [--connections 2000] [--seconds 3] [--pid PID,...]     memory of open connections
      edge-load paced HOST:PORT NAME [--from 127.1.0.1] [--addresses 40] [--rate 5000] [--seconds 8] [--patience-ms 3000] [--pid PID,...]
                                                   connections at a fixed rate from many addresses: a flood, or clients beside one;
                                                   latencies are those after the first second
      edge-load compare [--edge [ROW=]edge.dll[,KEY=VALUE...]]... [--without PEER]... [--to ROW]... [--reps 3] [--percent 100]
                                                   Edge and its peers side by side, with ratios to each ROW (haproxy); a PEER is
                                                   haproxy, haproxy-copy or nginx-stream, and a row as each --edge

    NAME is a server name that the proxy leads to the backend, with a PROXY v2 header to its first port. PID: the proxy's processes.
    """;

if (!OperatingSystem.IsLinux())
    return Fail("edge-load reads /proc and uses epoll: it runs on Linux alone");
try
{
    return args switch
    {
        ["backend", .. var rest] => RunBackend(new Arguments(rest)),
        ["compare", .. var rest] => Comparison.Run(new Arguments(rest, "--edge", "--without", "--to", "--reps", "--percent")),
        [("rate" or "down" or "up" or "ping" or "idle" or "paced") and var mode, .. var rest] => RunLoad(mode, rest),
        _ => Fail(Usage),
    };
}
catch (UsageException e)
{
    return Fail(e.Message);
}

static int RunBackend(Arguments arguments)
{
    var server = new BackendServer(arguments.WordInt(0, 0), arguments.WordInt(1, 0));
    Console.WriteLine($"backend {server.Port} {server.PlainPort}");
    server.Run();
    return 0;
}

static int RunLoad(string mode, string[] rest)
{
    string[] known = mode switch
    {
        "rate" => ["--pid", "--connections", "--at-once"],
        "ping" => ["--pid", "--trips", "--connections"],
        "idle" => ["--pid", "--connections", "--seconds"],
        "paced" => ["--pid", "--from", "--addresses", "--rate", "--seconds", "--patience-ms"],
        _ => ["--pid", "--mib", "--streams"],
    };
    var arguments = new Arguments(rest, known);
    if (!IPEndPoint.TryParse(arguments.Word(0, "HOST:PORT"), out var proxy) || proxy.AddressFamily != AddressFamily.InterNetwork)
        throw new UsageException("HOST:PORT is an IPv4 address and a port");
    var processes = arguments.Last("--pid")?.Split(',').Select(static pid => Arguments.Number(pid, "--pid")).ToArray() ?? [];
    var target = new Target(proxy, arguments.Word(1, "NAME"), processes);
    var result = mode switch
    {
        "rate" => RateLoad.Run(target, arguments.Int("--connections", 20_000), arguments.Int("--at-once", 64)),
        "ping" => PingLoad.Run(target, arguments.Int("--trips", 100_000), arguments.Int("--connections", 16)),
        "idle" => IdleLoad.Run(target, arguments.Int("--connections", 2_000), TimeSpan.FromSeconds(arguments.Int("--seconds", 3))),
        "paced" => PacedLoad.Run(
            target, IPAddress.Parse(arguments.Last("--from") ?? "127.1.0.1"), arguments.Int("--addresses", 40), arguments.Int("--rate", 5_000),
            arguments.Int("--seconds", 8), TimeSpan.FromMilliseconds(arguments.Int("--patience-ms", 3_000))),
        _ => BulkLoad.Run(target, mode == "down", arguments.Int("--mib", 1024), arguments.Int("--streams", 2)),
    };
    Console.WriteLine(result);
    return result.Failed == 0 ? 0 : 1;
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}
