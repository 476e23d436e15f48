using System.CommandLine;
using EdgeHost.Cli.Completion;

namespace EdgeHost.Cli;

/// <summary>The verbs of <c>edge</c>. Without one, it runs the demo.</summary>
internal static class EdgeCommandLine
{
    /// <summary>What it is called on a command line.</summary>
    public const string Program = "edge";

    public static async Task<int> Run(string[] args)
    {
        if (args is ["--version"])
        {
            Console.Out.WriteLine(EdgeVersion.Text);
            return ExitCode.Fine;
        }
        var parsed = (args is [HealthcheckVerb.Name, ..] ? HealthcheckVerb.Alone() : Tree()).Parse(args);
        return CtlVerb.IsMistaken(parsed)
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
        root.WithExample("edge", "two backends and an Edge ahead of them, to try it").WithExample("edge run --help", "what a verb does, with examples");
        Examples.ShowIn(root);
        return root;
    }
}

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    public const int Fine = 0;

    /// <summary>It could not start, or failed while it ran.</summary>
    public const int Failed = 1;

    /// <summary>The configuration has mistakes; nothing was started.</summary>
    public const int BadConfiguration = 2;

    /// <summary>The words make no sense.</summary>
    public const int Usage = 2;

    /// <summary>No Edge is there to be spoken to.</summary>
    public const int NoServer = 3;
}
