using EdgeActors.Operate.Syntax;
using Petabridge.Cmd;

namespace EdgeHost.Ops;

/// <summary>The palette <c>edge</c>: a command for each <see cref="OperatorVerb"/>, whose arguments and options all become switches.</summary>
internal static class EdgeCommands
{
    public const string Palette = "edge";

    public static CommandPalette All { get; } = new(Palette, OperatorVerb.All.Select(Define).ToArray());

    /// <summary>What an argument or option is called in pbm: <c>-backend</c>, <c>-id</c>.</summary>
    public static string SwitchOf(string name) => "-" + name.TrimStart('-').ToLowerInvariant();

    private static CommandDefinition Define(OperatorVerb verb)
    {
        var builder = new CommandDefinitionBuilder().WithName(verb.Name).WithDescription(verb.Description);
        foreach (var argument in verb.Arguments)
        {
            builder = builder.WithArgument(b => b
                .WithName(argument.Name).WithDescription(argument.Description).WithSwitch(SwitchOf(argument.Name)).IsMandatory(!argument.IsOptional));
        }
        foreach (var option in verb.Options)
        {
            builder = builder.WithArgument(b => b
                .WithName(option.Name).WithDescription(option.Description).WithSwitch(SwitchOf(option.Name)).IsMandatory(false));
        }
        return builder.Build();
    }
}
