using System.Net;
using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Answers;
using EdgeActors.Operator.Syntax;
using EdgeActors.Telemetry;
using Petabridge.Cmd;
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

    /// <summary>Serves pbm at <paramref name="address"/>. The palettes for cluster and sharding are <see cref="ClusterCommandPalettes"/>.</summary>
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
