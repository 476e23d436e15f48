using Akka.Actor;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;
using EdgeActors.Operate.Syntax;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;

namespace EdgeHost.Ops;

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
        var given = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var argument in command.Arguments)
            given[argument.Item1] = argument.Item2;
        List<string> words = [verb.Name];
        foreach (var argument in verb.Arguments)
        {
            if (given.TryGetValue(EdgeCommands.SwitchOf(argument.Name), out var value))
                words.Add(value);
        }
        foreach (var option in verb.Options)
        {
            if (!given.TryGetValue(EdgeCommands.SwitchOf(option.Name), out var value))
                continue;
            words.Add(option.Name);
            if (option.Value is not null)
                words.Add(value);
        }
        return words;
    }

    /// <summary>Whoever asks is an actor's reference, which any thread may tell.</summary>
    private void Answer(List<string> words, IActorRef sender) => _ = Task.Run(async () =>
    {
        try
        {
            await foreach (var answer in _operator.Run(words, Access.Full, _gone.Token))
            {
                var text = TextAnswers.Render(answer, TextStyle.Plain).TrimEnd('\n');
                sender.Tell(answer is ErrorAnswer ? new ErroredCommandResponse(text, false) : new CommandResponse(text, false), ActorRefs.NoSender);
            }
            sender.Tell(CommandResponse.Empty, ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            // A fault of this program; whoever asked is not to wait for nothing.
            sender.Tell(new ErroredCommandResponse(e.Message), ActorRefs.NoSender);
        }
    });
}
