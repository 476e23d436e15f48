using System.Text;

namespace EdgeHost.Cli.Completion;

/// <summary>Scripts that complete the command line in a shell. They hold all there is to know, so completing starts no process.</summary>
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
                text.Append($"      case {string.Join(' ', option.Names.Select(name => Quote($"{node.Path} {name}")))}\n        set expects {Quote(option.Names[0])}\n");
        }
        text.Append($"    end\n  end\n  test \"$at\" = \"$argv[1]\"\nend\ncomplete -c {root.Name} -f\n");
        foreach (var node in root.All)
        {
            var here = $"complete -c {root.Name} -n {Quote($"__{root.Name}_at {Quote(node.Path)}")}";
            foreach (var command in node.Commands)
                text.Append($"{here} -a {Quote(command.Name)} -d {Quote(command.Description)}\n");
            foreach (var option in node.Options)
            {
                var names = option.Names.Select(static name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : $"-s {name[1..]}");
                text.Append($"{here} {string.Join(' ', names)} -d {Quote(option.Description)}{(option.Value is null ? "" : option.Value.IsFile ? " -r" : " -x")}{Offer(option.Value)}\n");
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
                text.Append($"      {string.Join('|', option.Names.Select(name => Quote($"{node.Path} {name}")))}) expects={Quote($"{node.Path} {option.Names[0]}")} ;;\n");
        }
        return text.ToString();
    }

    /// <summary>What may stand at each place.</summary>
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
                [.. node.Commands.Select(static command => command.Name), .. node.Arguments.SelectMany(static argument => argument.Words), .. node.Options.SelectMany(static option => option.Names)],
                node.Arguments.Any(static argument => argument.IsFile));
        }
        return text.ToString();

        void Append(string place, IReadOnlyList<string> words, bool file) =>
            text.Append($"    {Quote(place)}) words={Quote(string.Join(' ', words))}{(file ? " files=1" : "")} ;;\n");
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
