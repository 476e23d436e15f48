using System.Diagnostics;

namespace EdgeHost.Tests.Harness;

/// <summary>Programs of the machine that the tests use as they are.</summary>
internal static class Tool
{
    /// <summary>Servers live in sbin, which is not on the path of an ordinary user.</summary>
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/local/sbin", "/usr/sbin", "/sbin"];

    public static string? Find(string name) =>
        Folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <param name="name">A program of the machine, or the path of one.</param>
    public static string Locate(string name) =>
        (Path.IsPathRooted(name) ? name : Find(name)) ?? throw new FileNotFoundException($"{name} is not installed");

    /// <summary>Runs it to its end, without input.</summary>
    public static async Task<ToolResult> Run(string name, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Locate(name), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(2 * Eventually.Deadline);
        try
        {
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ToolResult($"{name} {string.Join(' ', start.ArgumentList)}", process.ExitCode, output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{name} {string.Join(' ', start.ArgumentList)} has not ended");
        }
    }
}

internal sealed record ToolResult(string Command, int ExitCode, string Out, string Err)
{
    public ToolResult ShouldSucceed()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with {ExitCode}:\n{Out}\n{Err}");
        return this;
    }
}
