using System.Net;
using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Answers;
using EdgeActors.Operator.Syntax;
using EdgeActors.Telemetry;
using Petabridge.Cmd;
using Petabridge.Cmd.Cluster;
using Petabridge.Cmd.Cluster.Sharding;
using Petabridge.Cmd.Host;

namespace EdgeHost.Pbm;

/// <summary>The palette <c>edge</c>: a command for each <see cref="OperatorVerb"/>. Its arguments and options are switches.</summary>
internal static class EdgeCommands
{
    public const string Palette = "edge";

    /// <summary>One for each verb, in the order of <see cref="OperatorVerb.All"/>.</summary>
    public static IReadOnlyList<CommandDefinition> Definitions { get; } = [.. OperatorVerb.All.Select(Define)];

    public static CommandPalette All { get; } = new(Palette, Definitions.ToArray());

    /// <summary>The name of an argument or option, without dashes: <c>ageover</c>. Every spelling of its switch leads to it.</summary>
    public static string NameOf(string word) => word.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>How its switch is spelled: <c>--age-over</c>.</summary>
    public static string SwitchOf(string name) => "--" + name.TrimStart('-').ToLowerInvariant();

    private static CommandDefinition Define(OperatorVerb verb)
    {
        // A switch without a value is in no public palette, so a flag is documented with one.
        IEnumerable<(string Name, string Description, bool IsMandatory)> switches =
        [
            .. verb.Arguments.Select(static known => (known.Name, known.Description, !known.IsOptional)),
            .. verb.Options.Select(static known => (known.Name, known.Description + (known.Value is null ? " Value: true." : ""), false)),
        ];
        var builder = new CommandDefinitionBuilder().WithName(verb.Name).WithDescription(verb.Description);
        foreach (var (name, description, isMandatory) in switches)
        {
            // The second spelling, with one dash, is the older one.
            builder = builder.WithArgument(b => b
                .WithName(NameOf(name)).WithDescription(description).IsMandatory(isMandatory)
                .WithSwitch(SwitchOf(name)).WithSwitch(SwitchOf(name)[1..]));
        }
        return builder.Build();
    }
}

/// <summary>Offers the palette; each client that connects gets a handler of its own.</summary>
internal sealed class EdgeCommandPalette(IOperator op) : CommandPaletteHandler(EdgeCommands.All)
{
    public override Props HandlerProps { get; } = Props.Create(() => new EdgeCommandHandler(op));

    /// <summary>Serves pbm at <paramref name="address"/>. The palettes for cluster and sharding are
    /// <see cref="ClusterCommandPalettes"/>.</summary>
    /// <param name="op">Null when the node has not started. Then clients find only the palettes that the host brings itself.</param>
    public static AkkaConfigurationBuilder AddTo(AkkaConfigurationBuilder builder, IPEndPoint address, Func<IOperator?> op, EdgeLog log) =>
        builder.AddPetabridgeCmd(
            new PetabridgeCmdOptions { Host = address.Address.ToString(), Port = address.Port },
            cmd =>
            {
                if (op() is not { } node)
                    return;
                if (!cmd.RegisterCommandPalette(new EdgeCommandPalette(node)))
                    log.Error("pbm: the palette 'edge' was not taken");
            });
}

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
        var arguments = verb.Arguments.Select(static argument => EdgeCommands.NameOf(argument.Name)).Where(given.ContainsKey);
        List<string> words = [verb.Name, .. arguments.Select(name => given[name])];
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

/// <summary>Petabridge.Cmd's palettes for cluster and sharding, on the port after the node's. Each cluster system has its own.</summary>
internal static class ClusterCommandPalettes
{
    /// <param name="address">For the message; the system has it from its configuration.</param>
    public static void AddTo(ActorSystem system, IPEndPoint address, EdgeLog log)
    {
        try
        {
            var cmd = PetabridgeCmd.Get(system);
            cmd.RegisterCommandPalette(ClusterCommands.Instance);
            cmd.RegisterCommandPalette(ClusterShardingCommands.Instance);
            cmd.Start();
        }
        catch (Exception e)
        {
            // The cluster does without.
            log.Error($"pbm: no palettes of the cluster at {address}: {e.GetBaseException().Message}");
        }
    }
}
