using System.Runtime.CompilerServices;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Operator.Reports;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Operator;

/// <summary><c>kill</c>: tells the connections' actors and waits for their end. The connections are chosen at the start.</summary>
internal static class ConnectionKill
{
    /// <summary>A connection that is still open after this is reported as left.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    public static object Do(NodeState node, KillConnections kill)
    {
        var views = ConnectionReport.Matching(node, kill.Filter);
        if (views.Count == 0 && ConnectionReport.UnknownName(node, kill.Filter) is { } error)
            return error;
        // The oldest first.
        views.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        var victims = views.ConvertAll(static view => view.Record);
        if (kill.DryRun)
            return new FactsAnswer([new Fact("matched", CellType.Number, (long)victims.Count)]);
        if (kill.Over > TimeSpan.Zero)
            return new AnswerStream(cancel => Paced(node, victims, kill.Over, cancel));
        foreach (var victim in victims)
            Tell(victim);
        return Outcome(node, victims, victims.Count);
    }

    private static void Tell(ConnectionRecord victim) =>
        victim.Connection.Tell(new CloseConnection(victim, CloseReason.Killed), ActorRefs.NoSender);

    private static async IAsyncEnumerable<Answer> Paced(
        NodeState node, List<ConnectionRecord> victims, TimeSpan over, [EnumeratorCancellation] CancellationToken cancel)
    {
        var start = node.Time.GetTimestamp();
        var step = TimeSpan.FromTicks(Math.Clamp(over.Ticks / Math.Max(1, victims.Count), ShortestStep.Ticks, LongestStep.Ticks));
        var told = 0;
        var shown = start;
        while (told < victims.Count && !cancel.IsCancellationRequested)
        {
            // The last one is due when the time is over, the first one a step before the second.
            var due = (int)Math.Min(victims.Count, Math.Ceiling(victims.Count * (node.Time.GetElapsedTime(start) / over)));
            for (; told < due; told++)
                Tell(victims[told]);
            if (node.Time.GetElapsedTime(shown) >= LongestStep)
            {
                shown = node.Time.GetTimestamp();
                yield return new EventAnswer(
                    node.Time.GetUtcNow(), "KILL", [
                        new("told", CellType.Number, (long)told), new("left", CellType.Number, (long)(victims.Count - told))
                    ]);
            }
            if (told < victims.Count)
                await Task.Delay(step, node.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        yield return await Outcome(node, victims, told).ConfigureAwait(false);
    }

    /// <param name="told">Number of victims that were told, from the first.</param>
    private static async Task<Answer> Outcome(NodeState node, List<ConnectionRecord> victims, int told)
    {
        var start = node.Time.GetTimestamp();
        var gone = 0;
        while (true)
        {
            while (gone < told && node.Live.Find(victims[gone].Link.Id) is null)
                gone++;
            if (gone == told || node.Time.GetElapsedTime(start) >= Timeout)
                break;
            await Task.Delay(Look, node.Time).ConfigureAwait(false);
        }
        return new FactsAnswer(
        [
            new("matched", CellType.Number, (long)victims.Count),
            // Fewer where some have ended by themselves meanwhile.
            new("closed", CellType.Number, victims.Take(told).LongCount(static victim => victim.Reason == CloseReason.Killed)),
            new("left", CellType.Number, (long)victims.Count(victim => node.Live.Find(victim.Link.Id) is not null)),
        ]);
    }
}
