using System.CommandLine;
using EdgeHost.Cli;
using EdgeHost.Cli.Completion;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

/// <summary>Each shell is asked itself what it would offer.</summary>
public sealed class CompletionVerbSpecs : IDisposable
{
    private static readonly (string Line, string Expected)[] Lines =
    [
        ("edge ", "VERBS"),
        ("edge im", "import"),
        ("edge run --", "--config --help"),
        ("edge run -c ", "FILES"),
        ("edge run --config my", "my edge.conf"),
        ("edge run -c run ", "--config --help -c -h"),
        ("edge completion ", "bash fish zsh"),
        ("edge completion z", "zsh"),
        ("edge demo --port ", ""),
        ("edge demo --port 9443 --p", "--port"),
        ("edge import hap", "haproxy.cfg"),
        ("edge import --o", "--out"),
        ("edge nonsense ", "VERBS"),
    ];

    private readonly TestFolder _folder = new();

    public CompletionVerbSpecs()
    {
        _folder.Write("my edge.conf", "");
        _folder.Write("haproxy.cfg", "");
    }

    public void Dispose() => _folder.Dispose();

    [RequiresToolFact("bash")]
    public async Task Bash_completes()
    {
        var script = _folder.Write("edge.bash", CompletionScript.Bash(Tree()));
        foreach (var (line, expected) in Lines)
        {
            var offered = await Ask("bash", "--norc", "--noprofile", "-c", """
                cd "$1" && source "$2" && line=$3
                read -ra COMP_WORDS <<< "$line"
                [[ $line == *' ' ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                # As readline does it: the function that is registered for the command.
                eval "set -- $(complete -p edge)"
                while [[ $1 != -F ]]; do shift; done
                "$2"
                printf '%s\n' "${COMPREPLY[@]}"
                """, "bash", _folder.Path, script, line);
            Same(line, expected, offered);
        }
    }

    [RequiresToolFact("bash")]
    public async Task Bash_completes_behind_an_equals_sign()
    {
        var script = _folder.Write("edge.bash", CompletionScript.Bash(Tree()));
        var offered = await Ask("bash", "--norc", "--noprofile", "-c", """
            cd "$1" && source "$2" && COMP_WORDS=(edge run --config = my) COMP_CWORD=4 && _edge && printf '%s\n' "${COMPREPLY[@]}"
            """, "bash", _folder.Path, script);
        Assert.Equal(["my edge.conf"], offered);
    }

    [RequiresToolFact("fish")]
    public async Task Fish_completes()
    {
        var script = _folder.Write("edge.fish", CompletionScript.Fish(Tree()));
        foreach (var (line, expected) in Lines)
        {
            var offered = await Ask(
                "fish", "--no-config", "-c", "cd $argv[1]; source $argv[2]; complete -C $argv[3]", _folder.Path, script, line);
            Same(line, expected, [.. offered.Select(static one => one.Split('\t')[0].Replace("\\ ", " ", StringComparison.Ordinal))]);
        }
    }

    /// <summary>compadd and _files work within the line editor alone, so they are stood in for.</summary>
    [RequiresToolFact("zsh")]
    public async Task Zsh_completes()
    {
        var script = _folder.Write("_edge", CompletionScript.Zsh(Tree()));
        foreach (var (line, expected) in Lines)
        {
            var offered = await Ask("zsh", "-f", "-c", """
                cd "$1"
                compdef() { registered=$1 }
                compadd() { shift; local word; for word in "$@"; do [[ $word == "${words[CURRENT]}"* ]] && print -r -- "$word"; done; }
                _files() { local file; for file in *; do [[ $file == "${words[CURRENT]}"* ]] && print -r -- "$file"; done; }
                source "$2"
                words=(${=3})
                [[ $3 == *' ' ]] && words+=('')
                CURRENT=${#words}
                $registered
                """, "zsh", _folder.Path, script, line);
            Same(line, expected, offered);
        }
    }

    [Fact]
    public async Task The_verb_writes_the_script_of_each_shell()
    {
        foreach (var (shell, script) in new[] { ("bash", CompletionScript.Bash(Tree())), ("zsh", CompletionScript.Zsh(Tree())), ("fish", CompletionScript.Fish(Tree())) })
            Assert.Equal(script, (await EdgeProcess.Run("completion", shell)).ShouldSucceed().Out);
        Assert.NotEqual(0, (await EdgeProcess.Run("completion", "tcsh")).ExitCode);
    }

    /// <summary>Commands, options and values of any depth, among them those that are not to be seen.</summary>
    [Fact]
    public void What_is_completed_is_what_there_is()
    {
        var level = new Option<string>("--level", "-l") { Description = "It's how much. Or how little." };
        level.AcceptOnlyFromAmong("info", "debug");
        var root = new RootCommand { new Command("ctl", "Commands.") { new Command("show", "Show.") { level, new Argument<FileInfo>("WHERE") }, new Command("secret") { Hidden = true } } };
        root.Options.Add(new Option<bool>("--dry") { Recursive = true });
        var show = CompletionTree.Of(root, "edge").All.Single(static node => node.Path == "edge ctl show");
        Assert.Equal(["--level", "-l"], show.Options[0].Names);
        Assert.Equal("It's how much", show.Options[0].Description);
        Assert.Equal(["debug", "info"], show.Options[0].Value!.Words);
        Assert.True(Assert.Single(show.Arguments).IsFile);
        Assert.Null(Assert.Single(show.Options, static option => option.Names.Contains("--dry")).Value);
        Assert.DoesNotContain(CompletionTree.Of(root, "edge").All, static node => node.Name == "secret");
    }

    private static CompletionNode Tree() => CompletionTree.Of(EdgeCommandLine.Tree(), EdgeCommandLine.Program);

    private static async Task<string[]> Ask(string shell, params string[] arguments) =>
        (await Tool.Run(shell, arguments)).ShouldSucceed().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What has to be among the offered, and where nothing can stand, nothing. A shell may offer options only once a dash is
    /// there.</summary>
    private void Same(string line, string expected, string[] offered)
    {
        string[] all = expected == "FILES" ? [.. Directory.GetFiles(_folder.Path).Select(static file => Path.GetFileName(file)!)]
            : expected == "VERBS"
                ? [.. EdgeCommandLine.Tree().Subcommands.Where(static command => !command.Hidden).Select(static command => command.Name)]
            : expected.EndsWith(".conf", StringComparison.Ordinal)
                ? [expected]
                : expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var dash = line.Split(' ')[^1].StartsWith('-');
        Assert.Equal((line, Joined(all.Where(Counts))), (line, Joined(offered.Where(Counts))));

        bool Counts(string word) => dash || word[0] != '-';
        static string Joined(IEnumerable<string> words) => string.Join(' ', words.Order(StringComparer.Ordinal));
    }
}
