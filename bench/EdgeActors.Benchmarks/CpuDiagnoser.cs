using System.Globalization;
using BenchmarkDotNet.Analysers;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Validators;

namespace EdgeActors.Benchmarks;

/// <summary>
/// Measures the CPU time of all threads, for <see cref="CpuColumn"/>. What actors do is spread over threads, and the machine may be busy
/// with something else: then elapsed time says little, and this is the figure to go by. It needs the benchmarks to run in this process.
/// </summary>
internal sealed class CpuDiagnoser : IDiagnoser
{
    private readonly Dictionary<BenchmarkCase, TimeSpan> _used = [];
    private TimeSpan _before;

    public IEnumerable<string> Ids => [nameof(CpuDiagnoser)];

    public IEnumerable<IExporter> Exporters => [];

    public IEnumerable<IAnalyser> Analysers => [];

    /// <summary>Zero where nothing was measured.</summary>
    public TimeSpan Used(BenchmarkCase benchmark) => _used.GetValueOrDefault(benchmark);

    public RunMode GetRunMode(BenchmarkCase benchmarkCase) => RunMode.NoOverhead;

    public void Handle(HostSignal signal, DiagnoserActionParameters parameters)
    {
        // These two enclose the measured iterations alone, without warm-up.
        if (signal == HostSignal.BeforeActualRun)
            _before = Environment.CpuUsage.TotalTime;
        else if (signal == HostSignal.AfterActualRun)
            _used[parameters.BenchmarkCase] = Environment.CpuUsage.TotalTime - _before;
    }

    public IEnumerable<Metric> ProcessResults(DiagnoserResults results) => [];

    public void DisplayResults(ILogger logger)
    {
    }

    public IEnumerable<ValidationError> Validate(ValidationParameters validationParameters) => [];
}

/// <summary>CPU time of all threads per operation.</summary>
internal sealed class CpuColumn(CpuDiagnoser diagnoser) : IColumn
{
    public string Id => nameof(CpuColumn);

    public string ColumnName => "CPU/op";

    public string Legend => "CPU time of all threads per operation, the garbage collector's included";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Metric;

    public int PriorityInCategory => -1;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Time;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        var operations = summary[benchmarkCase]?.AllMeasurements
            .Where(static m => m is { IterationMode: IterationMode.Workload, IterationStage: IterationStage.Actual })
            .Sum(static m => m.Operations) ?? 0;
        if (operations == 0)
            return "-";
        var nanoseconds = diagnoser.Used(benchmarkCase).TotalNanoseconds / operations;
        return nanoseconds < 1000
            ? nanoseconds.ToString("F1", CultureInfo.InvariantCulture) + " ns"
            : (nanoseconds / 1000).ToString("F2", CultureInfo.InvariantCulture) + " us";
    }

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
