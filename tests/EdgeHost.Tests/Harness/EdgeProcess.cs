using System.Net;
using System.Text.RegularExpressions;

namespace EdgeHost.Tests.Harness;

/// <summary>The program as it is started by hand, for what only a process has: exit code, standard error, signals.</summary>
internal static partial class EdgeProcess
{
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "edge.dll");

    public static BackgroundProcess Start(params IEnumerable<string> arguments) => new(Program[0], [.. Program.Skip(1), .. arguments]);

    /// <summary>The same as a command, for programs that start another one.</summary>
    public static IReadOnlyList<string> Command(params IEnumerable<string> arguments) => [.. Program, .. arguments];

    public static Task<ToolResult> Run(params IEnumerable<string> arguments) => Tool.Run(Program[0], [.. Program.Skip(1), .. arguments]);

    /// <summary>Where its first listener is, once it says so.</summary>
    public static async Task<IPEndPoint> Listening(BackgroundProcess edge)
    {
        string? found = null;
        await Eventually.True(
            () => edge.HasExited || (found = edge.Out.Lines.FirstOrDefault(line => ListenerLine().IsMatch(line))) is not null,
            () => $"edge does not listen:\n{edge.Out.Text}\n{edge.Err.Text}");
        Assert.True(found is not null, $"edge has ended:\n{edge.Out.Text}\n{edge.Err.Text}");
        return IPEndPoint.Parse(ListenerLine().Match(found).Groups[1].Value);
    }

    /// <summary>What these tests were built with, or another build of it that <c>EDGE_PROGRAM</c> names, such as what an image
    /// holds.</summary>
    private static IReadOnlyList<string> Program { get; } =
        Environment.GetEnvironmentVariable("EDGE_PROGRAM") is { Length: > 0 } other ? [other] : [DotNet, Assembly];

    /// <summary>The host that runs these tests, so that no other version gets in.</summary>
    private static string DotNet =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    [GeneratedRegex(@"INFO +listener \S+ on ([^ ,]+)")]
    private static partial Regex ListenerLine();
}
