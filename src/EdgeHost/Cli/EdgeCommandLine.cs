using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Runtime.CompilerServices;
using Akka.Actor;
using EdgeActors.Cluster.Commands;
using EdgeActors.Operator.Syntax;
using EdgeHost.Cli.Completion;
using EdgeHost.Control;

namespace EdgeHost.Cli;

/// <summary>The verbs of <c>edge</c>. Without one, it runs the demo.</summary>
internal static class EdgeCommandLine
{
    public const string Program = "edge";

    public static async Task<int> Run(string[] args)
    {
        if (args is ["--version"])
        {
            Console.Out.WriteLine(EdgeVersion.Text);
            return ExitCode.Fine;
        }
        var parsed = (args is [HealthcheckVerb.Name, ..] ? HealthcheckVerb.Alone() : Tree()).Parse(args);
        return CtlVerb.HasErrors(parsed)
            ? await CtlVerb.Run(parsed, CancellationToken.None)
            : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    public static RootCommand Tree()
    {
        var root = new RootCommand(
            "Edge: a layer-4 load balancer that routes TLS connections by server name without decrypting them. Without a verb it runs the demo.")
        {
            RunVerb.Command(),
            CheckVerb.Command(),
            ImportVerb.Command(),
            DemoVerb.Command(),
            CtlVerb.Command(),
            HealthcheckVerb.Command(),
            CompletionVerb.Command(Tree),
        };
        root.SetAction((_, cancel) => DemoVerb.Run(DemoVerb.DefaultPort, cancel));
        root.WithExample("edge", "run the demo: Edge with two backends")
            .WithExample("edge run --help", "the options and examples of a verb");
        Examples.ShowIn(root);
        return root;
    }
}

internal static class ExitCode
{
    public const int Fine = 0;

    /// <summary>Start failed, or the process failed later.</summary>
    public const int Failed = 1;

    /// <summary>The configuration has errors; nothing was started.</summary>
    public const int BadConfiguration = 2;

    /// <summary>The command line is invalid.</summary>
    public const int Usage = 2;

    /// <summary>No Edge can be reached.</summary>
    public const int NoServer = 3;
}

/// <summary>Which Edge this is, and on which Akka.NET it runs.</summary>
internal static class EdgeVersion
{
    public static string Edge { get; } = Of(typeof(EdgeVersion).Assembly);

    public static string Text { get; } = $"edge {Edge} on Akka.NET {Of(typeof(ActorSystem).Assembly)}";

    /// <summary>The informational version without the commit behind the plus.</summary>
    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}

/// <param name="Line">A command line that begins with <c>edge</c>; a redirection may follow.</param>
/// <param name="Does">In a few words; empty where the line says it.</param>
internal readonly record struct Example(string Line, string Does)
{
    /// <summary>The part that the program gets as arguments.</summary>
    public string Arguments => Line["edge".Length..].Split(" > ")[0].Trim();
}

/// <summary>Examples of commands, which their help ends with.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, List<Example>> s_of = [];

    public static T WithExample<T>(this T command, string line, string does = "")
        where T : Command
    {
        s_of.GetOrCreateValue(command).Add(new Example(line, does));
        return command;
    }

    public static IReadOnlyList<Example> Of(Command command) => s_of.TryGetValue(command, out var examples) ? examples : [];

    /// <summary>Has the help of this command and of all below it end with their examples.</summary>
    public static void ShowIn(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
                option.Action = new HelpWithExamples(usual);
        }
    }

    private sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            var examples = Of(parseResult.CommandResult.Command);
            if (examples.Count == 0)
                return code;
            var output = parseResult.InvocationConfiguration.Output;
            var width = examples.Max(static example => example.Line.Length);
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  {example.Line.PadRight(width)}  {example.Does}".TrimEnd());
            output.WriteLine();
            return code;
        }
    }
}

/// <summary><c>edge ctl VERB ...</c>: gives orders to an Edge that runs on this machine.</summary>
internal static class CtlVerb
{
    public const string Name = "ctl";

    private static readonly Option<string> Socket = new("--socket")
    {
        Description = $"The control socket. Default: ${ControlClient.Variable}, else {ControlClient.UsualSocket}.",
        HelpName = "PATH",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print JSON, one object a line.",
        Recursive = true,
    };

    private static readonly Option<bool> Everywhere = new(ClusterWords.Cluster)
    {
        Description = "Ask every node of the cluster; answers name their node.",
        Recursive = true,
    };

    private static readonly Option<string> OneNode = new(ClusterWords.OneNode)
    {
        Description = "Ask this node of the cluster instead.",
        HelpName = "NODE",
        Recursive = true,
    };

    /// <summary>The verbs of <see cref="OperatorVerb"/> are declared here for help and completion only: the server parses the
    /// words.</summary>
    public static Command Command()
    {
        var ctl = new Command(Name, "Inspect and control a running Edge. Exit code 1: failed, 2: usage error, 3: no Edge is listening.")
        {
            Socket, Json, Everywhere, OneNode,
        };
        ctl.SetAction(Run);
        foreach (var verb in OperatorVerb.All)
            ctl.Add(SubCommand(verb));
        return ctl
            .WithExample("edge ctl status --json", "the default socket, as JSON")
            .WithExample("edge ctl --cluster connections --top 20", "all nodes of the cluster")
            .WithExample("edge ctl --socket /run/edge/ctl.sock backends", "another control socket");
    }

    /// <summary>Whether the command line is for this verb and has a parse error. The server is asked all the same: its message is
    /// better.</summary>
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
