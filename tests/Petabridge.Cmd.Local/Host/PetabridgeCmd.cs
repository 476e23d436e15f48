using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>Lets clients in at <c>petabridge.cmd.host</c> and <c>petabridge.cmd.port</c> of its actor system.</summary>
public sealed class PetabridgeCmd : IExtension
{
    private readonly List<CommandPaletteHandler> _palettes = [];
    private TcpListener? _listener;

    internal PetabridgeCmd(ExtendedActorSystem system) => Sys = system;

    public ExtendedActorSystem Sys { get; }

    /// <summary>Once it has started.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener!.LocalEndpoint;

    public static PetabridgeCmd Get(ActorSystem system) => system.WithExtension<PetabridgeCmd, PetabridgeCmdExtension>();

    /// <returns>False where there is one of that name already.</returns>
    public bool RegisterCommandPalette(CommandPaletteHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (_palettes.Exists(other => other.Palette.ModuleName == handler.Palette.ModuleName))
            return false;
        _palettes.Add(handler);
        handler.OnRegister(this);
        return true;
    }

    public void Start()
    {
        var config = Sys.Settings.Config;
        _listener = new TcpListener(IPAddress.Parse(config.GetString("petabridge.cmd.host")), config.GetInt("petabridge.cmd.port"));
        _listener.Start();
        Sys.RegisterOnTermination(_listener.Stop);
        _ = Accept(_listener);
    }

    private async Task Accept(TcpListener listener)
    {
        try
        {
            while (true)
                _ = new PbmSession(Sys, _palettes, await listener.AcceptTcpClientAsync()).Run();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}

public sealed class PetabridgeCmdExtension : ExtensionIdProvider<PetabridgeCmd>
{
    public override PetabridgeCmd CreateExtension(ExtendedActorSystem system) => new(system);
}
