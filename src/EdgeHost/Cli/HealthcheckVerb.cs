using System.CommandLine;
using Edge.Hocon;
using EdgeActors.Config;
using EdgeHost.Control;

namespace EdgeHost.Cli;

/// <summary><c>edge healthcheck</c>: does the Edge of this configuration answer? For containers, whose images have no shell to ask with.</summary>
internal static class HealthcheckVerb
{
    public const string Name = "healthcheck";

    /// <summary>Nothing but this verb: to make all of the others takes as long as to ask.</summary>
    public static RootCommand Alone()
    {
        var root = new RootCommand { Command() };
        Examples.ShowIn(root);
        return root;
    }

    public static Command Command()
    {
        var file = new Option<string>("--config", "-c")
        {
            Description = "The HOCON file that it runs with: asked are admin.health-bind, else control.socket, else a listener.",
            HelpName = "FILE",
        };
        var socket = new Option<string>("--socket")
        {
            Description = $"Ask at this control socket; without a file, else what {ControlClient.Variable} says, else {ControlClient.UsualSocket}.",
            HelpName = "PATH",
        };
        var timeout = new Option<TimeSpan>("--timeout")
        {
            Description = "For the whole of it, such as 500ms.",
            HelpName = "TIME",
            DefaultValueFactory = static _ => TimeSpan.FromSeconds(2),
            CustomParser = static result =>
            {
                if (HoconDuration.Read(result.Tokens[0].Value, out var value) == HoconUnitStatus.Ok && value > TimeSpan.Zero && value < TimeSpan.FromDays(1))
                    return value;
                result.AddError($"'{result.Tokens[0].Value}' is no time; expected such as 2s or 500ms");
                return default;
            },
        };
        var command = new Command(Name, "Ask a running Edge whether it is well, and say so in one line. Exit code 0: it is, 1: it is not.") { file, socket, timeout };
        command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(socket), new HealthQuestion(parsed.GetValue(timeout))));
        return command
            .WithExample("edge healthcheck -c /etc/edge/edge.conf", "of the Edge that runs by this file")
            .WithExample("edge healthcheck --socket /run/edge/ctl.sock --timeout 500ms", "of the one at this control socket");
    }

    private static int Run(string? file, string? socket, HealthQuestion question)
    {
        var (well, why) = Ask(file, socket, question);
        (well ? Console.Out : Console.Error).WriteLine(why);
        return well ? ExitCode.Fine : ExitCode.Failed;
    }

    private static (bool Well, string Why) Ask(string? file, string? socket, HealthQuestion question)
    {
        if (socket is not null)
            return question.Control(socket);
        if (file is null)
            return question.Control(Environment.GetEnvironmentVariable(ControlClient.Variable) ?? ControlClient.UsualSocket);
        return OperatorEndpoints.Load(file, out var mistake) switch
        {
            null => (false, mistake),
            { Health: { } health } => question.Http(health),
            { Control: { } control } => question.Control(control),
            { Listener: { } listener } => question.Listener(listener),
            _ => (false, $"{file}: no address that could be asked at; set admin.health-bind or control.socket"),
        };
    }
}
