using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.CompilerServices;
using Akka.Actor;
using EdgeHost.Cli.Completion;

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

    /// <summary>All commands with their options.</summary>
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
        root.WithExample("edge", "two backends and an Edge ahead of them, to try it")
            .WithExample("edge run --help", "what a verb does, with examples");
        Examples.ShowIn(root);
        return root;
    }
}

internal static class ExitCode
{
    public const int Fine = 0;

    /// <summary>It could not start, or failed while it ran.</summary>
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
