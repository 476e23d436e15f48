using System.Runtime.CompilerServices;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;
using EdgeActors.Operator.Syntax;
using EdgeActors.Telemetry;

namespace EdgeActors.Operator;

/// <summary>Checks access, logs, and has the actor answer.</summary>
/// <param name="cluster">Runs commands on other nodes; returns null without any.</param>
internal sealed class NodeOperator(IActorRef actor, EdgeLog log, Func<RunOnNodes?> cluster) : IOperator
{
    /// <summary>Longer than any verb waits for others, a reload with slow name servers included.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    public async IAsyncEnumerable<Answer> Run(IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (!ClusterWords.TryRead(words, out var where, out var contradiction))
        {
            yield return new ErrorAnswer(ErrorKind.Usage, contradiction);
            yield break;
        }
        words = where.Words;
        if (OperatorParser.Parse(words, out var error) is not { } request)
        {
            yield return new ErrorAnswer(ErrorKind.Usage, error!);
            yield break;
        }
        if (request.Changes && access != Access.Full)
        {
            yield return new ErrorAnswer(ErrorKind.Failed, $"{words[0]} would change something, and may not from here");
            yield break;
        }
        if (!where.IsHere)
        {
            foreach (var answer in await Elsewhere(where, request, access, cancel).ConfigureAwait(false))
                yield return answer;
            yield break;
        }
        if (request.Changes)
            log.Info($"operator: {Shown(words)}");
        switch (await Ask(request).ConfigureAwait(false))
        {
            case AnswerStream stream:
                await foreach (var answer in stream.Start(cancel).ConfigureAwait(false))
                    yield return answer;
                break;
            case Answer answer:
                yield return answer;
                break;
        }
    }

    /// <summary>Only parsed here; each node logs what it does.</summary>
    private async Task<IEnumerable<Answer>> Elsewhere(ClusterWords where, OperatorRequest request, Access access, CancellationToken cancel)
    {
        if (request is WatchConnections or KillConnections { Over.Ticks: > 0 })
        {
            return [new ErrorAnswer(ErrorKind.Usage, $"{where.Words[0]} goes on and on here, and so is for one node; "
                + $"expected it without {ClusterWords.Cluster} and {ClusterWords.OneNode}, there")];
        }
        // All nodes would restart at once, and the answer of this one would have no way back.
        if (request is RestartProcess)
            return [new ErrorAnswer(ErrorKind.Usage, $"restart is for one node; expected it without {ClusterWords.Cluster} and {ClusterWords.OneNode}, there")];
        return cluster() is { } run
            ? ClusterAnswers.Merge(await run(where, access, cancel).ConfigureAwait(false))
            : [new ErrorAnswer(ErrorKind.Failed, "this node is in no cluster")];
    }

    private static string Shown(IReadOnlyList<string> words)
    {
        const int Enough = 500;
        var line = CellText.OneLine(string.Join(' ', words));
        return line.Length <= Enough ? line : line[..Enough] + "...";
    }

    private async Task<object> Ask(OperatorRequest request)
    {
        try
        {
            return await actor.Ask<object>(request, Timeout).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new ErrorAnswer(ErrorKind.Failed, $"no answer within {Timeout.TotalSeconds} s");
        }
    }
}
