using BenchmarkDotNet.Running;
using EdgeActors.Benchmarks;

// decisions [HOW MANY [TLS]]: rate limits that another node of a cluster counts; TLS as behind cluster.tls, such as "{ certificate = ...
// }".
if (args is ["decisions", ..])
{
    return await EdgeActors.Benchmarks.Cluster.RemoteDecisions.Run(
        args.Length > 1
            ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture)
            : 200_000, args.Length > 2
            ? args[2]
            : "off");
}
// Without arguments: all of them, briefly. With arguments: what BenchmarkDotNet makes of them (--list flat, --filter '*Admission*' ...).
var all = args.Length == 0;
var namesJob = args.Any(static argument => argument is "-j" or "--job");
var config = BenchmarkConfig.Create(withJob: !namesJob);
string[] passedOn = all ? ["--filter", "*"] : namesJob ? [.. args, "--inProcess"] : args;
var summaries = BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfig).Assembly).Run(passedOn, config).ToList();
// A benchmark that threw has no result.
return summaries.Any(static summary => summary.HasCriticalValidationErrors || summary.Reports.Any(static report => !report.Success))
    ? 1
    : 0;
