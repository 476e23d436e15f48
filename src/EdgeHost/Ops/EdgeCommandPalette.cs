using System.Net;
using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Operate;
using EdgeActors.Telemetry;
using Petabridge.Cmd.Host;

namespace EdgeHost.Ops;

/// <summary>Offers the palette; each client that connects gets a handler of its own.</summary>
internal sealed class EdgeCommandPalette(IOperator op) : CommandPaletteHandler(EdgeCommands.All)
{
    public override Props HandlerProps { get; } = Props.Create(() => new EdgeCommandHandler(op));

    /// <summary>Lets pbm in at <paramref name="address"/>. Those of cluster and sharding are <see cref="ClusterCommandPalettes"/>.</summary>
    /// <param name="op">Null when the node has not started: then nobody is let in.</param>
    public static AkkaConfigurationBuilder AddTo(AkkaConfigurationBuilder builder, IPEndPoint address, Func<IOperator?> op, EdgeLog log) =>
        builder.AddPetabridgeCmd(
            options: new PetabridgeCmdOptions { Host = address.Address.ToString(), Port = address.Port },
            hostConfiguration: cmd =>
            {
                if (op() is not { } node)
                    return;
                if (!cmd.RegisterCommandPalette(new EdgeCommandPalette(node)))
                    log.Error("pbm: the palette 'edge' was not taken");
            });
}
