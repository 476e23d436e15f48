using BenchmarkDotNet.Running;
using EdgeActors.Benchmarks;

// Without arguments: all of them, briefly. With arguments: what BenchmarkDotNet makes of them (--list flat, --filter '*Admission*' ...).
var all = args.Length == 0;
var namesJob = args.Any(static argument => argument is "-j" or "--job");
var config = BenchmarkConfig.Create(withJob: !namesJob);
string[] passedOn = all ? ["--filter", "*"] : namesJob ? [.. args, "--inProcess"] : args;
var summaries = BenchmarkSwitcher.FromAssembly(typeof(BenchmarkConfig).Assembly).Run(passedOn, config).ToList();
// A benchmark that threw has no result.
return summaries.Any(static summary => summary.HasCriticalValidationErrors || summary.Reports.Any(static report => !report.Success)) ? 1 : 0;
