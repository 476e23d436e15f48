using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace EdgeHost.Cli;

/// <param name="Line">As it could be typed, beginning with <c>edge</c>; a redirection may follow.</param>
/// <param name="Does">In a few words; empty where the line says it.</param>
internal readonly record struct Example(string Line, string Does)
{
    /// <summary>What of it the program gets to see, without its own name.</summary>
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
