using System.Diagnostics;
using Edge.Hocon;
using EdgeActors;
using Microsoft.Extensions.Primitives;

namespace EdgeHost.Admin;

/// <summary>
/// <c>/ready?hold=900ms</c>, and <c>/health</c> likewise: the answer comes after that time, and at once when the node is no more ready. Who asks so in a row
/// sees a change within <see cref="Step"/>, and the end of the process as the end of the connection, for one request a second.
/// </summary>
internal static class HeldAnswer
{
    public const string Key = "hold";

    public static readonly TimeSpan Max = TimeSpan.FromSeconds(10), Step = TimeSpan.FromMilliseconds(50);

    /// <returns>False: it is no duration, or a longer one than <see cref="Max"/>.</returns>
    public static bool TryRead(StringValues words, out TimeSpan hold)
    {
        hold = TimeSpan.Zero;
        return words.Count == 0 || (words.Count == 1 && HoconDuration.Read(words[0] ?? "", out hold) == HoconUnitStatus.Ok && hold <= Max);
    }

    /// <returns>As <see cref="Readiness.Obstacles"/>, as soon as there is one.</returns>
    public static async Task<IReadOnlyList<string>> Obstacles(EdgeNode node, TimeSpan hold, CancellationToken gone)
    {
        IReadOnlyList<string> obstacles = [];
        await Until(() => (obstacles = Readiness.Obstacles(node)).Count > 0, hold, gone);
        return obstacles;
    }

    /// <summary>Who drains is healthy, but will not keep anyone waiting.</summary>
    public static Task Wait(EdgeNode node, TimeSpan hold, CancellationToken gone) => Until(() => node.State.IsDraining, hold, gone);

    private static async Task Until(Func<bool> over, TimeSpan hold, CancellationToken gone)
    {
        var since = Stopwatch.GetTimestamp();
        while (!over() && hold - Stopwatch.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
            await Task.Delay(left < Step ? left : Step, gone);
    }
}
