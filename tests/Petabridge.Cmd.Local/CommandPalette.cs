namespace Petabridge.Cmd;

/// <summary>
/// Commands under one name. This and all that is public here has the shape of Petabridge.Cmd's own, as far as Edge uses it, so that its
/// palette can be compiled and met where those packages cannot be restored.
/// </summary>
public sealed class CommandPalette(string moduleName, IEnumerable<CommandDefinition> commands)
{
    public string ModuleName { get; } = moduleName;

    internal IReadOnlyList<CommandDefinition> CommandDefinitions { get; } = [.. commands];
}

public sealed class CommandDefinition
{
    internal CommandDefinition(string name, string description, IReadOnlyDictionary<string, CommandArgument> arguments)
    {
        Name = name;
        Description = description;
        ArgumentsByName = arguments;
    }

    public string Name { get; }

    public string Description { get; }

    public IReadOnlyDictionary<string, CommandArgument> ArgumentsByName { get; }
}

public sealed class CommandArgument
{
    internal CommandArgument(string name, string description, IReadOnlyList<string> switches, bool mandatory)
    {
        Name = name;
        Description = description;
        Switch = switches;
        Mandatory = mandatory;
    }

    public string Name { get; }

    public string Description { get; }

    /// <summary>What it may be called in a line, with its dash.</summary>
    public IReadOnlyList<string> Switch { get; }

    public bool Mandatory { get; }
}
