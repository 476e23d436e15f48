using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>Serves one client of one palette.</summary>
public abstract class CommandHandlerActor(CommandPalette palette) : UntypedActor
{
    private readonly Dictionary<string, Action<Command>> _handlers = [];

    public CommandPalette Palette { get; } = palette;

    protected void Process(string commandName, Action<Command> handler) => _handlers.Add(commandName, handler);

    protected override void OnReceive(object message)
    {
        if (message is Command command && _handlers.TryGetValue(command.Name, out var handler))
            handler(command);
        else
            Unhandled(message);
    }
}

/// <summary>A palette and who serves it.</summary>
public abstract class CommandPaletteHandler(CommandPalette palette)
{
    public CommandPalette Palette { get; } = palette;

    public abstract Props HandlerProps { get; }

    public virtual void OnRegister(PetabridgeCmd plugin)
    {
    }
}
