using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using EdgeActors.Answers;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Hosting;

namespace EdgeHost.Handover;

/// <summary><c>edge ctl restart</c>: starts the same command line again and hands over to that process by a socket pair.</summary>
/// <param name="path">The configuration file.</param>
internal sealed class SelfRestart(string path, UpgradeServer upgrade, ServiceManager? service, KeeperSession? keeper, EdgeLog log)
{
    private const string RunWord = "run", CheckWord = "check";

    /// <summary>For the check of the configuration.</summary>
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Init programs of containers. They end with their child, and the container with them.</summary>
    private static readonly string[] ContainerInits = ["tini", "docker-init", "catatonit", "dumb-init", "podman-init", "s6-svscan"];

    public async Task<Answer> Run()
    {
        var answer = await TryReplace();
        if (answer is ErrorAnswer refused)
            log.Error($"restart: {refused.Message}");
        return answer;
    }

    private async Task<Answer> TryReplace()
    {
        if (Obstacle() is { } obstacle)
            return Failed(obstacle);
        try
        {
            if (await CheckErrors() is { } errors)
                return Failed(errors);
            return await Replace();
        }
        catch (Exception e) when (e is SocketException or IOException or System.ComponentModel.Win32Exception or TimeoutException)
        {
            return Failed($"the new process does not start: {e.Message}");
        }
    }

    private static ErrorAnswer Failed(string why) => new(ErrorKind.Failed, why);

    /// <returns>Null: the process can be replaced.</returns>
    private string? Obstacle() =>
        !SharedSockets.IsSupported ? "restart needs Linux; stop this process and start it again"
        : Environment.ProcessId == 1 || Array.Exists(ContainerInits, static init => init == ParentName())
            ? "this process is the first one of its container, which ends with it; start a second container with the same upgrade.socket "
                + "in a shared volume instead (docs/upgrade.md)"
        : IsStartedBySystemd && service is not { IsThere: true }
            ? "systemd would end the new process with this one; set Type=notify in the unit (docs/upgrade.md)"
        : null;

    private static bool IsStartedBySystemd =>
        Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID") == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <returns>Null: the parent is not the first process of this pid namespace, or is hidden, as by systemd's ProtectProc=.</returns>
    private static string? ParentName()
    {
        const string First = "/proc/1/comm";
        // pid (comm) state ppid: comm may contain spaces and parentheses.
        var stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == "1" && File.Exists(First) ? File.ReadAllText(First).TrimEnd() : null;
    }

    /// <summary>By the new program, which may know other keys than this one.</summary>
    private static async Task<string?> CheckErrors()
    {
        var arguments = Arguments();
        var verb = Array.IndexOf(arguments, RunWord);
        if (verb < 0)
            return null;
        arguments[verb] = CheckWord;
        var start = Command(arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var check = Process.Start(start)!;
        var output = check.StandardOutput.ReadToEndAsync();
        var errors = check.StandardError.ReadToEndAsync();
        try
        {
            await check.WaitForExitAsync().WaitAsync(CheckTimeout);
        }
        catch (TimeoutException)
        {
            check.Kill();
            throw;
        }
        await output;
        return check.ExitCode == 0 ? null : (await errors).Trim();
    }

    private async Task<Answer> Replace()
    {
        var (own, others) = SharedSockets.Pair();
        Process process;
        using (others)
        {
            var start = Command(Arguments());
            start.Environment[PreviousProcess.Variable] = SharedSockets.Inheritable(others).ToString(CultureInfo.InvariantCulture);
            // It is for this process alone (sd_watchdog_enabled(3)).
            start.Environment.Remove("WATCHDOG_PID");
            using var session = keeper?.Extend();
            if (session is not null)
                start.Environment[KeeperSession.Variable] = SharedSockets.Inheritable(session).ToString(CultureInfo.InvariantCulture);
            log.Info($"restart: starting {start.FileName} with {path}");
            process = Process.Start(start)!;
        }
        if (upgrade.Replace(SharedSockets.ToSocket(own), process.Id, out var settled) is { } refusal)
        {
            process.Kill();
            return Failed(refusal);
        }
        await settled;
        if (upgrade.HasHandedOver)
            return new FactsAnswer([new Fact("pid", CellType.Number, (long)process.Id)]);
        await process.WaitForExitAsync().WaitAsync(CheckTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
            process.Kill();
        return Failed(process.HasExited
            ? $"the new process has ended with exit code {process.ExitCode} before it was ready, see the log; nothing has changed"
            : "the new process was not ready in time and was ended; nothing has changed");
    }

    public static ProcessStartInfo Command(string[] arguments)
    {
        // After the file was replaced, the kernel names the old one so.
        const string Deleted = " (deleted)";
        var program = Environment.ProcessPath!;
        if (program.EndsWith(Deleted, StringComparison.Ordinal))
            program = program[..^Deleted.Length];
        // A path that the program was called by may be a symbolic link, to another version by now.
        var called = CommandLine()[0];
        return new ProcessStartInfo(called.Contains('/', StringComparison.Ordinal) && File.Exists(called) ? called : program, arguments);
    }

    /// <summary>Those of this process, without the program.</summary>
    public static string[] Arguments() => CommandLine()[1..];

    private static string[] CommandLine() => File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Split('\0');
}
