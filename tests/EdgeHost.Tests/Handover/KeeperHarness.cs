using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>An Edge with a keeper, and kill -9.</summary>
public abstract partial class KeeperHarness : UpgradeHarness
{
    private protected string On => $"admin {{ bind = \"{Admin}\", health-bind = \"{Health}\", metrics-auth = off }}\n"
        + "upgrade.keeper = on\nupgrade.keep-after = 0s";

    private protected Task<BackgroundProcess> StartedWithKeeper(
        string name = "kept", string transport = "reactors = 2", string? backends = null, string more = "") =>
        Started(transport, name, backends, $"{On}\n{more}");

    /// <summary>The Edge that serves: the last one that has begun.</summary>
    private protected static int Serving(BackgroundProcess edge) => int.Parse(
        PidLine().Match(edge.Out.Lines.Last(static line => PidLine().IsMatch(line))).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Kills the Edge that serves, and waits until another one has its connections.</summary>
    private protected static async Task Crash(BackgroundProcess edge)
    {
        var before = Recoveries(edge);
        (await Tool.Run("kill", "-9", $"{Serving(edge)}")).ShouldSucceed();
        await Eventually.True(() => Recoveries(edge) > before, () => $"no process goes on:\n{edge.Out.Text}\n{edge.Err.Text}");
    }

    /// <summary>The process that waits for a crash, once nothing but it and the Edge that serves is there.</summary>
    private protected static async Task<int> Standby(BackgroundProcess edge)
    {
        var others = await Eventually.Get(
            () => Children().Except([Serving(edge)]).ToArray() is [_] one ? one : null,
            () => $"no standby, or several:\n{edge.Out.Text}\n{edge.Err.Text}");
        return others[0];

        // /proc lists children by the thread that has started them.
        IEnumerable<int> Children() => Directory.GetDirectories($"/proc/{edge.Id}/task")
            .SelectMany(static thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(static id => int.Parse(id, CultureInfo.InvariantCulture));
    }

    private protected static int Recoveries(BackgroundProcess edge) =>
        edge.Out.Lines.Count(static line => line.Contains("has ended unexpectedly", StringComparison.Ordinal));

    private protected async Task Kept(int count)
    {
        var (since, body) = (Stopwatch.GetTimestamp(), "");
        while (!body.Contains($"\nedge_connections_kept {count}\n", StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Eventually.Deadline, $"not {count} connection(s) are kept:\n{body}");
            await Task.Delay(20);
            try
            {
                body = (await Http.Get(Admin, "/metrics")).Body;
            }
            catch (HttpRequestException)
            {
                // The next process does not listen yet.
            }
        }
    }

    private protected Task<ToolResult> Ctl(params IEnumerable<string> words) => EdgeProcess.Run(["ctl", "--socket", Control, .. words]);

    [GeneratedRegex(@"INFO +edge .* pid (\d+),")]
    private static partial Regex PidLine();
}
