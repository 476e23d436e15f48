using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Operator.Syntax;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;

namespace EdgeHost.Pbm;

/// <summary>One client of pbm, for as long as it is connected: its commands become words, the answers lines.</summary>
internal sealed class EdgeCommandHandler : CommandHandlerActor
{
    private readonly IOperator _operator;
    private readonly CancellationTokenSource _gone = new();

    public EdgeCommandHandler(IOperator op) : base(EdgeCommands.All)
    {
        _operator = op;
        foreach (var verb in OperatorVerb.All)
            Process(verb.Name, command => Answer(Words(verb, command), Sender));
    }

    /// <summary>Ends what would go on, a watch for instance, with its client.</summary>
    protected override void PostStop()
    {
        _gone.Cancel();
        base.PostStop();
    }

    /// <summary>Arguments first, in their order; then the options.</summary>
    private static List<string> Words(OperatorVerb verb, Command command)
    {
        var given = new Dictionary<string, string>();
        foreach (var argument in command.Arguments)
            given[EdgeCommands.NameOf(argument.Item1)] = argument.Item2 ?? "";
        List<string> words = [verb.Name];
        foreach (var argument in verb.Arguments)
        {
            if (given.TryGetValue(EdgeCommands.NameOf(argument.Name), out var value))
                words.Add(value);
        }
        foreach (var option in verb.Options)
        {
            if (!given.TryGetValue(EdgeCommands.NameOf(option.Name), out var value))
                continue;
            if (option.Value is not null)
                words.AddRange([option.Name, value]);
            else if (value.Length == 0 || value.Equals("true", StringComparison.OrdinalIgnoreCase))
                words.Add(option.Name);
            else if (!value.Equals("false", StringComparison.OrdinalIgnoreCase))
                words.Add($"{option.Name}={value}");
        }
        return words;
    }

    /// <summary>The sender is an actor's reference, which any thread may tell.</summary>
    private void Answer(List<string> words, IActorRef sender) => _ = Task.Run(async () =>
    {
        try
        {
            var errors = new List<string>();
            await foreach (var answer in _operator.Run(words, Access.Full, _gone.Token))
            {
                var text = TextAnswers.Render(answer, TextStyle.Plain).TrimEnd('\n');
                // Errors come last. They become one response that is both an error and final.
                if (answer is ErrorAnswer)
                    errors.Add(text);
                else
                    sender.Tell(new CommandResponse(text, false), ActorRefs.NoSender);
            }
            var last = errors.Count == 0 ? CommandResponse.Empty : new ErroredCommandResponse(string.Join('\n', errors));
            sender.Tell(last, ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            // A fault of this program. The client waits for a final response.
            sender.Tell(new ErroredCommandResponse(e.Message), ActorRefs.NoSender);
        }
    });
}
