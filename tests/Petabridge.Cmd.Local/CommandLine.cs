namespace Petabridge.Cmd;

/// <summary>Lines such as <c>edge server --server web/s1 --order drain</c>.</summary>
internal static class CommandLine
{
    /// <param name="error">Empty where there is none.</param>
    /// <returns>Null where there is an error.</returns>
    public static Command? Read(string line, IEnumerable<CommandPalette> palettes, out string error)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var palette = palettes.FirstOrDefault(palette => words.Length > 1 && palette.ModuleName == words[0]);
        if (palette?.CommandDefinitions.FirstOrDefault(command => command.Name == words[1]) is not { } definition)
        {
            error = $"no such command: {line}";
            return null;
        }
        List<Tuple<string, string>> arguments = [];
        for (var i = 2; i < words.Length; i++)
        {
            var isFlag = i + 1 == words.Length || IsSwitch(definition, words[i + 1]);
            arguments.Add(Tuple.Create(words[i], isFlag ? null! : words[i + 1]));
            i += isFlag ? 0 : 1;
        }
        error = Error(definition, arguments);
        return error.Length == 0 ? new Command(palette.ModuleName, definition.Name, arguments) : null;
    }

    private static string Error(CommandDefinition definition, List<Tuple<string, string>> arguments)
    {
        if (arguments.Find(given => !IsSwitch(definition, given.Item1)) is { } unknown)
            return $"no such switch: {unknown.Item1}";
        var missing = definition.ArgumentsByName.Values.FirstOrDefault(
            argument => argument.Mandatory && !arguments.Exists(given => argument.Switch.Contains(given.Item1)));
        return missing is null ? "" : $"missing: {missing.Switch[0]}";
    }

    private static bool IsSwitch(CommandDefinition definition, string word) =>
        definition.ArgumentsByName.Values.Any(argument => argument.Switch.Contains(word));
}
