using System.Runtime.CompilerServices;
using Akka.Actor;
using EdgeActors.Operate.Answers;
using EdgeActors.Operate.Syntax;
using EdgeActors.Telemetry;

namespace EdgeActors.Operate;

/// <summary>Words in, the actor's answers out. Here it is decided who may do what, and what is done is logged.</summary>
internal sealed class NodeOperator(IActorRef actor, EdgeLog log) : IOperator
{
    /// <summary>Longer than any verb waits for others, a reload with slow name servers included.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async IAsyncEnumerable<Answer> Run(IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (OperatorParser.Parse(words, out var mistake) is not { } request)
        {
            yield return new ErrorAnswer(ErrorKind.Usage, mistake!);
            yield break;
        }
        if (request.Changes && access != Access.Full)
        {
            yield return new ErrorAnswer(ErrorKind.Failed, $"{words[0]} would change something, and may not from here");
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
            return await actor.Ask<object>(request, Patience).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new ErrorAnswer(ErrorKind.Failed, $"no answer within {Patience.TotalSeconds} s");
        }
    }
}
