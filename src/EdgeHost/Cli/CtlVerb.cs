using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using EdgeActors.Cluster.Commands;
using EdgeActors.Operator.Syntax;
using EdgeHost.Control;

namespace EdgeHost.Cli;

/// <summary><c>edge ctl VERB ...</c>: gives orders to an Edge that runs on this machine.</summary>
internal static class CtlVerb
{
    public const string Name = "ctl";

    private static readonly Option<string> Socket = new("--socket")
    {
        Description = $"The control socket; else what {ControlClient.Variable} says, else {ControlClient.UsualSocket}.",
        HelpName = "PATH",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Answers as JSON, an object a line.",
        Recursive = true,
    };

    private static readonly Option<bool> Everywhere = new(ClusterWords.Cluster)
    {
        Description = "On every node of the cluster; the answers say whose they are.",
        Recursive = true,
    };

    private static readonly Option<string> OneNode = new(ClusterWords.OneNode)
    {
        Description = "On this other node of the cluster alone.",
        HelpName = "NODE",
        Recursive = true,
    };

    /// <summary>The verbs of <see cref="OperatorVerb"/> are declared here for help and completion only: the server parses the words.</summary>
    public static Command Command()
    {
        var ctl = new Command(Name, "Look into a running Edge, and change what it does. Exit code 1: not done, 2: not understood, 3: no Edge there.")
        {
            Socket,
            Json,
            Everywhere,
            OneNode,
        };
        ctl.SetAction(Run);
        foreach (var verb in OperatorVerb.All)
            ctl.Add(SubCommand(verb));
        return ctl
            .WithExample("edge ctl status --json", "of the Edge at the usual socket, for a program to read")
            .WithExample("edge ctl --cluster connections --top 20", "of all nodes of the cluster")
            .WithExample("edge ctl --socket /run/edge/ctl.sock backends", "of another one");
    }

    /// <summary>Whether the command line is for this verb and has a parse error. The server is asked all the same: its message is better.</summary>
    public static bool HasErrors(ParseResult parsed) => parsed.Action is ParseErrorAction
        && (parsed.CommandResult.Command.Name == Name || (parsed.CommandResult.Parent as CommandResult)?.Command.Name == Name);

    public static async Task<int> Run(ParseResult parsed, CancellationToken cancel)
    {
        if (parsed.Errors.FirstOrDefault(static error => error.SymbolResult is OptionResult { Option: var option }
            && (option == Socket || option == Json)) is { } own)
        {
            Console.Error.WriteLine(own.Message);
            return ExitCode.Usage;
        }
        return await ControlClient.Run(parsed.GetValue(Socket), Words(parsed), parsed.GetValue(Json), cancel);
    }

    private static Command SubCommand(OperatorVerb verb)
    {
        var command = new Command(verb.Name, verb.Description);
        foreach (var argument in verb.Arguments)
            command.Add(Argument(argument));
        foreach (var option in verb.Options)
            command.Add(Option(option));
        command.SetAction(Run);
        foreach (var example in verb.Examples)
            command.WithExample($"edge {Name} {example}");
        return command;
    }

    private static Argument<string> Argument(VerbArgument argument)
    {
        // The server has the better message for a missing one.
        var shown = new Argument<string>(argument.Name) { Description = argument.Description, Arity = ArgumentArity.ZeroOrOne };
        if (argument.Choices.Count > 0)
            shown.CompletionSources.Add([.. argument.Choices]);
        return shown;
    }

    private static Option Option(VerbOption option)
    {
        if (option.Value is null)
            return new Option<bool>(option.Name) { Description = option.Description, Arity = ArgumentArity.Zero };
        var shown = new Option<string>(option.Name)
        {
            Description = option.Description,
            HelpName = option.Choices.Count > 0 ? null : option.Value,
            Arity = ArgumentArity.ZeroOrOne,
        };
        if (option.Choices.Count > 0)
            shown.CompletionSources.Add([.. option.Choices]);
        return shown;
    }

    /// <summary>As they were typed, the options of this verb itself left out.</summary>
    private static List<string> Words(ParseResult parsed)
    {
        var words = new List<string>();
        var tokens = parsed.Tokens.SkipWhile(static token => !(token.Type == TokenType.Command && token.Value == Name)).Skip(1).ToArray();
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Type == TokenType.Option && tokens[i].Value == Socket.Name)
                i++;
            else if (tokens[i].Type != TokenType.Option || tokens[i].Value != Json.Name)
                words.Add(tokens[i].Value);
        }
        return words;
    }
}
