using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;

namespace EdgeHost.Cli.Completion;

/// <summary>Allowed values of an option or an argument.</summary>
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
    string Path, string Name, string Description,
    IReadOnlyList<CompletionNode> Commands, IReadOnlyList<CompletionOption> Options, IReadOnlyList<CompletionValue> Arguments)
{
    public IEnumerable<CompletionNode> All => Commands.SelectMany(static command => command.All).Prepend(this);
}

/// <summary>The commands of System.CommandLine as a shell's script needs them, from the tree that the parser uses.</summary>
internal static class CompletionTree
{
    public static CompletionNode Of(Command root, string program) => Of(root, program, program, []);

    private static CompletionNode Of(Command command, string name, string path, IReadOnlyList<Option> inherited)
    {
        Option[] options = [.. command.Options.Concat(inherited).Where(static option => !option.Hidden)];
        Option[] passedOn = [.. options.Where(static option => option.Recursive)];
        var commands = command.Subcommands.Where(static below => !below.Hidden);
        var arguments = command.Arguments.Where(static argument => !argument.Hidden);
        return new CompletionNode(
            path, name, FirstSentence(command.Description),
            [.. commands.Select(below => Of(below, below.Name, $"{path} {below.Name}", passedOn))],
            [.. options.Select(Of)],
            [.. arguments.Select(static argument => Value(argument, argument.HelpName ?? argument.Name, argument.ValueType))]);
    }

    private static CompletionOption Of(Option option)
    {
        var isFlag = option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) || option.ValueType == typeof(void);
        var aliases = option.Aliases.Where(static name => name is ['-', .. var letters] && IsPlain(letters)).Order(StringComparer.Ordinal);
        var value = isFlag ? null : Value(option, option.HelpName ?? "", option.ValueType);
        return new CompletionOption([option.Name, .. aliases], FirstSentence(option.Description), value);
    }

    private static CompletionValue Value(Symbol symbol, string called, Type type)
    {
        var words = symbol.GetCompletions(CompletionContext.Empty).Select(static item => item.Label);
        return new CompletionValue(
            // The values of a flag would be true and false.
            type == typeof(bool) ? [] : [.. words.Where(static word => word[0] != '-' && IsPlain(word))],
            typeof(FileSystemInfo).IsAssignableFrom(type) || called is "FILE" or "PATH");
    }

    /// <summary>Without characters that a shell expands, such as in <c>-?</c>.</summary>
    private static bool IsPlain(string word) =>
        word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':');

    private static string FirstSentence(string? text)
    {
        var end = text?.IndexOf(". ", StringComparison.Ordinal) ?? -1;
        return (end < 0 ? text ?? "" : text![..end]).TrimEnd('.');
    }
}

/// <summary><c>edge completion SHELL</c>: the script with which a shell completes Edge's command line.</summary>
internal static class CompletionVerb
{
    private static readonly Dictionary<string, Func<CompletionNode, string>> Shells = new(StringComparer.Ordinal)
    {
        ["bash"] = CompletionScript.Bash,
        ["zsh"] = CompletionScript.Zsh,
        ["fish"] = CompletionScript.Fish,
    };

    /// <param name="tree">All of the commands, this one among them.</param>
    public static Command Command(Func<Command> tree)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. Shells.Keys]);
        var command = new Command("completion", "Print a completion script for a shell.") { shell };
        command.SetAction(parsed =>
            Console.Out.Write(Shells[parsed.GetRequiredValue(shell)](CompletionTree.Of(tree(), EdgeCommandLine.Program))));
        return command
            .WithExample("edge completion bash > ~/.local/share/bash-completion/completions/edge", "for bash, from its next start on")
            .WithExample("edge completion zsh > ~/.zfunc/_edge", "for zsh, with ~/.zfunc in its fpath")
            .WithExample("edge completion fish > ~/.config/fish/completions/edge.fish", "for fish");
    }
}

/// <summary>Scripts that complete the command line in a shell. They hold all words, so completion starts no process.</summary>
internal static class CompletionScript
{
    public static string Bash(CompletionNode root) => $$"""
        # bash completion of {{root.Name}}, written by "{{root.Name}} completion bash".
        _{{root.Name}}() {
          local cur=${COMP_WORDS[COMP_CWORD]} at={{Quote(root.Path)}} expects= words= files= word i
          for ((i = 1; i < COMP_CWORD; i++)); do
            word=${COMP_WORDS[i]}
            # bash cuts --option=value into three words.
            [[ $word == = ]] && continue
            if [[ -n $expects ]]; then expects=; continue; fi
            case "$at $word" in
        {{Steps(root)}}    esac
          done
          [[ $cur == = ]] && cur=
          case "${expects:-$at}" in
        {{Places(root)}}  esac
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
          if [[ -n $files && $cur != -* ]]; then
            compopt -o filenames 2> /dev/null
            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
          fi
        }
        complete -F _{{root.Name}} {{root.Name}}

        """;

    public static string Zsh(CompletionNode root) => $$"""
        #compdef {{root.Name}}
        # zsh completion of {{root.Name}}, written by "{{root.Name}} completion zsh".
        _{{root.Name}}() {
          local at={{Quote(root.Path)}} expects= words_here= files= i
          for ((i = 2; i < CURRENT; i++)); do
            if [[ -n $expects ]]; then expects=; continue; fi
            case "$at ${words[i]}" in
        {{Steps(root)}}    esac
          done
          case "${expects:-$at}" in
        {{Places(root).Replace("words=", "words_here=", StringComparison.Ordinal)}}  esac
          [[ -n $words_here ]] && compadd -- ${=words_here}
          [[ -n $files ]] && _files
          return 0
        }
        # As a file of fpath this is the function's body; sourced it registers the function.
        if [[ ${funcstack[1]} == _{{root.Name}} ]]; then _{{root.Name}} "$@"; else compdef _{{root.Name}} {{root.Name}}; fi

        """;

    public static string Fish(CompletionNode root)
    {
        var text = new StringBuilder($$"""
            # fish completion of {{root.Name}}, written by "{{root.Name}} completion fish".
            function __{{root.Name}}_at
              set -l at {{Quote(root.Path)}}
              set -l expects ''
              for word in (commandline -opc)[2..]
                if test -n "$expects"
                  set expects ''
                  continue
                end
                switch "$at $word"

            """);
        foreach (var node in root.All)
        {
            foreach (var command in node.Commands)
                text.Append($"      case {Quote(command.Path)}\n        set at {Quote(command.Path)}\n");
            foreach (var option in node.Options.Where(static option => option.Value is not null))
                text.Append($"      case {Words(' ', node, option)}\n        set expects {Quote(option.Names[0])}\n");
        }
        text.Append($"    end\n  end\n  test \"$at\" = \"$argv[1]\"\nend\ncomplete -c {root.Name} -f\n");
        foreach (var node in root.All)
        {
            var here = $"complete -c {root.Name} -n {Quote($"__{root.Name}_at {Quote(node.Path)}")}";
            foreach (var command in node.Commands)
                text.Append($"{here} -a {Quote(command.Name)} -d {Quote(command.Description)}\n");
            foreach (var option in node.Options)
            {
                var names = option.Names.Select(
                    static name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : $"-s {name[1..]}");
                var value = option.Value is null ? "" : option.Value.IsFile ? " -r" : " -x";
                text.Append($"{here} {string.Join(' ', names)} -d {Quote(option.Description)}{value}{Offer(option.Value)}\n");
            }
            foreach (var offer in node.Arguments.Select(Offer).Where(static offer => offer.Length > 0))
                text.Append($"{here}{offer}\n");
        }
        return text.ToString();
    }

    private static string Offer(CompletionValue? value) => value switch
    {
        { Words.Count: > 0 } => $" -a {Quote(string.Join(' ', value.Words))}",
        { IsFile: true } => " -F",
        _ => "",
    };

    /// <summary>From a place and a word to the next place, or to the option whose value comes next.</summary>
    private static string Steps(CompletionNode root)
    {
        var text = new StringBuilder();
        foreach (var node in root.All)
        {
            foreach (var command in node.Commands)
                text.Append($"      {Quote(command.Path)}) at={Quote(command.Path)} ;;\n");
            foreach (var option in node.Options.Where(static option => option.Value is not null))
                text.Append($"      {Words('|', node, option)}) expects={Quote($"{node.Path} {option.Names[0]}")} ;;\n");
        }
        return text.ToString();
    }

    private static string Places(CompletionNode root)
    {
        var text = new StringBuilder();
        foreach (var node in root.All)
        {
            foreach (var option in node.Options)
            {
                if (option.Value is { } value)
                    Append($"{node.Path} {option.Names[0]}", value.Words, value.IsFile);
            }
            Append(
                node.Path,
                [
                    .. node.Commands.Select(static command => command.Name),
                    .. node.Arguments.SelectMany(static argument => argument.Words),
                    .. node.Options.SelectMany(static option => option.Names),
                ],
                node.Arguments.Any(static argument => argument.IsFile));
        }
        return text.ToString();

        void Append(string place, IReadOnlyList<string> words, bool file) =>
            text.Append($"    {Quote(place)}) words={Quote(string.Join(' ', words))}{(file ? " files=1" : "")} ;;\n");
    }

    private static string Words(char separator, CompletionNode node, CompletionOption option) =>
        string.Join(separator, option.Names.Select(name => Quote($"{node.Path} {name}")));

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
