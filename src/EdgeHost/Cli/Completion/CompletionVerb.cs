using System.CommandLine;

namespace EdgeHost.Cli.Completion;

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
        var command = new Command("completion", "Write the script with which a shell completes this command line.") { shell };
        command.SetAction(parsed => Console.Out.Write(Shells[parsed.GetRequiredValue(shell)](CompletionTree.Of(tree(), EdgeCommandLine.Program))));
        return command
            .WithExample("edge completion bash > ~/.local/share/bash-completion/completions/edge", "for bash, from its next start on")
            .WithExample("edge completion zsh > ~/.zfunc/_edge", "for zsh, with ~/.zfunc in its fpath")
            .WithExample("edge completion fish > ~/.config/fish/completions/edge.fish", "for fish");
    }
}
