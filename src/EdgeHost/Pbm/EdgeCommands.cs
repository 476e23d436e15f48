using EdgeActors.Operator.Syntax;
using Petabridge.Cmd;

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
