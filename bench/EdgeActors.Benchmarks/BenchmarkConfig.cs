using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace EdgeActors.Benchmarks;

/// <summary>
/// A short job in this process: a process of its own for each benchmark would have to be built again.
/// </summary>
internal static class BenchmarkConfig
{
    /// <param name="withJob">Unless the command line names another one.</param>
    public static IConfig Create(bool withJob)
    {
        var cpu = new CpuDiagnoser();
        var config = ManualConfig.CreateEmpty()
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub)
            .AddDiagnoser(cpu)
            .AddColumn(new CpuColumn(cpu))
            .AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40))
            .HideColumns(Column.Error, Column.Gen0, Column.Gen1, Column.Gen2, Column.CompletedWorkItems, Column.LockContentions);
        if (withJob)
            config.AddJob(Short.AsDefault());
        return config;
    }

    private static Job Short { get; } = Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithWarmupCount(3)
        .WithIterationCount(8)
        .WithIterationTime(TimeInterval.FromMilliseconds(200))
        .WithId("Short");
}
