using System.Net;
using System.Reflection;
using EdgeLoad.Load;
using EdgeLoad.Measure;

namespace EdgeLoad.Compare;

/// <summary>
/// The same work for each proxy in turn, several times over: proxies on CPU 0, load and backend on CPU 1, all on loopback. Prints medians
/// and their ratios to each baseline's in the same repetition.
/// </summary>
internal static class Comparison
{
    private const int LoadCpu = 1;

    private static readonly string[] Peers = ["haproxy", "haproxy-copy", "nginx-stream"];

    public static int Run(Arguments arguments)
    {
        var percent = arguments.Int("--percent", 100);
        var repetitions = arguments.Int("--reps", 3);
        if (arguments.Count > 0 || percent < 1 || repetitions < 1)
            throw new UsageException("compare takes options alone, and its numbers are 1 or more");
        var edges = Edges(arguments.All("--edge"));
        string[] without = [.. arguments.All("--without")], baselines = [.. arguments.All("--to")];
        if (without.Except(Peers).FirstOrDefault() is { } unknown)
            throw new UsageException($"--without names one of {string.Join(", ", Peers)}, not {unknown}");
        using var children = new Children();
        try
        {
            children.PinSelf(LoadCpu);
            Console.WriteLine(children.Taskset is null
                ? "Nothing is pinned: figures will vary."
                : $"Proxies on CPU {Contenders.Cpu}, load and backend on CPU {LoadCpu}.");
            var (port, plainPort) = StartBackend(children);
            var contenders = new Contenders(children, port, plainPort);
            List<Contender> found =
            [
                .. edges.Select(edge => contenders.Edge(edge.Name, edge.Assembly, edge.Settings)),
                .. Peers.Except(without).Select(contenders.Peer).OfType<Contender>(),
            ];
            if (baselines.FirstOrDefault(name => found.TrueForAll(one => one.Name != name)) is { } absent)
                throw new UsageException($"--to {absent}: it is not among {string.Join(", ", found.Select(static one => one.Name))}");
            var table = Measure(children, found, repetitions, percent);
            Console.WriteLine();
            Console.Write(table.Render(baselines.Length > 0 ? baselines : [(found.Find(static one => one.Name == Peers[0]) ?? found[0]).Name]));
            return table.Failures == 0 ? 0 : 1;
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static FigureTable Measure(Children children, List<Contender> contenders, int repetitions, int percent)
    {
        var table = new FigureTable(contenders.Select(static contender => contender.Name));
        var work = new Work(percent);
        for (var repetition = 0; repetition < repetitions; repetition++)
        {
            // New processes: two of the same program differ by 5 % for as long as they live (p50 x16, medians of 41).
            List<(string Name, int Port, int Pid)> running = [];
            foreach (var contender in contenders)
            {
                var (port, pid) = contender.Start();
                running.Add((contender.Name, port, pid));
                var target = ToTarget(port, pid);
                if (repetition == 0)
                    table.Add(contender.Name, Work.Memory(target));
                work.WarmUp(target);
            }
            foreach (var kind in work.All)
            {
                var results = Alternate(running.ConvertAll(static one => ToTarget(one.Port, one.Pid)), repetition, kind);
                for (var i = 0; i < running.Count; i++)
                    table.Add(running[i].Name, (kind.Columns, results[i]));
            }
            children.End(running.Select(static one => one.Pid));
            Console.WriteLine($"{repetition + 1} of {repetitions} done");
        }
        return table;
    }

    /// <summary>The same work for all, in pieces that take turns: the machine may be slower by a fifth some seconds later. Each time another
    /// one is first.</summary>
    private static List<Result> Alternate(List<Target> targets, int first, WorkKind kind)
    {
        var pieces = targets.ConvertAll(static _ => new List<Result>());
        for (var turn = 0; turn < kind.Pieces; turn++)
        {
            for (var i = 0; i < targets.Count; i++)
            {
                var next = (i + turn + first) % targets.Count;
                pieces[next].Add(kind.Run(targets[next]));
            }
        }
        return pieces.ConvertAll(Result.Mean);
    }

    private static Target ToTarget(int port, int pid) =>
        new(new IPEndPoint(IPAddress.Loopback, port), Contenders.ServerName, [pid, .. Proc.ChildrenOf(pid)]);

    private static (int Port, int PlainPort) StartBackend(Children children)
    {
        var self = Assembly.GetExecutingAssembly().Location;
        var (_, line) = children.Start(
            LoadCpu, Tools.Dotnet, [self, "backend"],
            static line => line.StartsWith("backend ", StringComparison.Ordinal));
        var words = line!.Split(' ');
        return (Arguments.Number(words[1], "the backend's port"), Arguments.Number(words[2], "the backend's port"));
    }

    /// <summary>[NAME=]PATH[,KEY=VALUE...]; without any, the one that this repository has built.</summary>
    private static List<(string Name, string Assembly, string[] Settings)> Edges(IEnumerable<string> given)
    {
        var edges = new List<(string, string, string[])>();
        foreach (var text in given)
        {
            var parts = text.Split(',');
            var named = parts[0].Split('=', 2);
            edges.Add((named.Length == 2 ? named[0] : "edge", Existing(named[^1]), parts[1..]));
        }
        if (edges.Count == 0)
        {
            var repository = Tools.Repository() ?? throw new UsageException("say with --edge where edge.dll is");
            edges.Add(("edge", Existing(Path.Combine(repository, "artifacts/edge/edge.dll")), []));
        }
        return edges;
    }

    private static string Existing(string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new UsageException(
            $"{path} is not there: dotnet publish src/EdgeHost -c Release --use-current-runtime --self-contained false -o artifacts/edge");
}
