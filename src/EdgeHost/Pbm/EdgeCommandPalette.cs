using System.Net;
using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Answers;
using EdgeActors.Telemetry;
using Petabridge.Cmd.Host;

namespace EdgeHost.Pbm;

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
