using System.CommandLine;
using System.CommandLine.Completions;

namespace EdgeHost.Cli.Completion;

/// <summary>What may stand behind an option or as an argument.</summary>
/// <param name="Words">Those that are known; empty: any.</param>
/// <param name="IsFile">The path of a file.</param>
internal sealed record CompletionValue(IReadOnlyList<string> Words, bool IsFile);

/// <param name="Names">All of them, such as <c>--config</c> and <c>-c</c>.</param>
/// <param name="Value">Null: it has none.</param>
internal sealed record CompletionOption(IReadOnlyList<string> Names, string Description, CompletionValue? Value);

/// <summary>A command, as a shell completes it.</summary>
/// <param name="Path">From the program's name on, such as <c>edge ctl</c>.</param>
/// <param name="Description">Its first sentence.</param>
internal sealed record CompletionNode(
    string Path, string Name, string Description, IReadOnlyList<CompletionNode> Commands, IReadOnlyList<CompletionOption> Options, IReadOnlyList<CompletionValue> Arguments)
{
    /// <summary>This one and all below it.</summary>
    public IEnumerable<CompletionNode> All => Commands.SelectMany(static command => command.All).Prepend(this);
}

/// <summary>The commands of System.CommandLine as a shell's script needs them. Made from the tree that parses, so what is completed is what there is.</summary>
internal static class CompletionTree
{
    /// <summary>What an option or argument for a file is called in the help.</summary>
    private static readonly string[] FileNames = ["FILE", "PATH"];

    public static CompletionNode Of(Command root, string program) => Of(root, program, program, []);

    private static CompletionNode Of(Command command, string name, string path, IReadOnlyList<Option> inherited)
    {
        var options = command.Options.Concat(inherited).Where(static option => !option.Hidden).ToList();
        Option[] passedOn = [.. options.Where(static option => option.Recursive)];
        return new CompletionNode(
            path, name, FirstSentence(command.Description),
            [.. command.Subcommands.Where(static below => !below.Hidden).Select(below => Of(below, below.Name, $"{path} {below.Name}", passedOn))],
            [.. options.Select(Of)],
            [.. command.Arguments.Where(static argument => !argument.Hidden).Select(static argument => Value(argument, argument.HelpName ?? argument.Name, argument.ValueType))]);
    }

    private static CompletionOption Of(Option option) => new(
        [option.Name, .. option.Aliases.Where(static name => name is ['-', .. var letters] && IsPlain(letters)).Order(StringComparer.Ordinal)],
        FirstSentence(option.Description),
        option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) || option.ValueType == typeof(void) ? null : Value(option, option.HelpName ?? "", option.ValueType));

    private static CompletionValue Value(Symbol symbol, string called, Type type) => new(
        // True and false of a flag would be known words, too.
        type == typeof(bool) ? [] : [.. symbol.GetCompletions(CompletionContext.Empty).Select(static item => item.Label).Where(static word => word[0] != '-' && IsPlain(word))],
        typeof(FileSystemInfo).IsAssignableFrom(type) || FileNames.Contains(called, StringComparer.Ordinal));

    /// <summary>Nothing that a shell would make something else of, such as <c>-?</c>.</summary>
    private static bool IsPlain(string word) => word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':');

    private static string FirstSentence(string? text)
    {
        var end = text?.IndexOf(". ", StringComparison.Ordinal) ?? -1;
        return (end < 0 ? text ?? "" : text![..end]).TrimEnd('.');
    }
}
