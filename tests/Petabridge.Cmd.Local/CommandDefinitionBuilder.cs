namespace Petabridge.Cmd;

public sealed class CommandDefinitionBuilder
{
    private readonly Dictionary<string, CommandArgument> _arguments = [];
    private string _name = "", _description = "";

    public CommandDefinitionBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public CommandDefinitionBuilder WithDescription(string description)
    {
        _description = description;
        return this;
    }

    public CommandDefinitionBuilder WithArgument(Action<CommandArgumentBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new CommandArgumentBuilder();
        configure(builder);
        var argument = builder.Build();
        _arguments.Add(argument.Name, argument);
        return this;
    }

    public CommandDefinition Build() =>
        _name.Length > 0 ? new(_name, _description, _arguments) : throw new InvalidOperationException("A command has a name.");
}

public sealed class CommandArgumentBuilder
{
    private readonly List<string> _switches = [];
    private string _name = "", _description = "";
    private bool _mandatory;

    public CommandArgumentBuilder WithName(string name)
    {
        _name = name;
        return this;
    }

    public CommandArgumentBuilder WithDescription(string description)
    {
        _description = description;
        return this;
    }

    public CommandArgumentBuilder WithSwitch(string name)
    {
        _switches.Add(name);
        return this;
    }

    public CommandArgumentBuilder IsMandatory(bool mandatory)
    {
        _mandatory = mandatory;
        return this;
    }

    internal CommandArgument Build() => new(_name, _description, _switches, _mandatory);
}
