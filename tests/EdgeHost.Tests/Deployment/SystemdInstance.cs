using EdgeHost.Tests.Harness;
using EdgeHost.Tests.Pair;

namespace EdgeHost.Tests.Deployment;

/// <summary>A systemd that is the first process of its own pid namespace, with its own /run and cgroup and no units but those of a folder.
/// The network is this machine's.</summary>
internal sealed class SystemdInstance : IAsyncDisposable
{
    public const string Program = "/lib/systemd/systemd";

    private const string Target = "edge-test.target";

    /// <summary>Hierarchies of cgroups, of which systemd mounts all. Only a part of each is visible to it. cpuset would want settings
    /// before it took a process, and systemd does not use it.</summary>
    private static readonly string[] s_hierarchies = File.Exists("/sys/fs/cgroup/cgroup.controllers") ? ["/sys/fs/cgroup"]
        : [.. Directory.EnumerateDirectories("/sys/fs/cgroup").Where(static folder => File.Exists($"{folder}/cgroup.procs")
            && !folder.Contains("cpuset", StringComparison.Ordinal) && File.ResolveLinkTarget(folder, false) is null)];

    private static int s_last;

    private readonly string _group = $"edge-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}";
    private BackgroundProcess _process = null!;
    private string _first = "";

    private SystemdInstance()
    {
    }

    /// <param name="units">Where the units are.</param>
    public static async Task<SystemdInstance> Start(TestFolder units)
    {
        foreach (var target in (string[])[Target, "sysinit.target", "basic.target", "shutdown.target"])
            units.Write(target, "[Unit]\nDefaultDependencies=no\n");
        var instance = new SystemdInstance();
        var environment = $"container=edge-test PATH=$PATH SYSTEMD_UNIT_PATH={units.Path} SYSTEMD_LOG_TARGET=console";
        instance._process = Namespaces(instance._group, $"exec env -i {environment} {Program} --system --unit={Target}");
        try
        {
            await Eventually.True(
                instance.HasStarted, () => $"systemd does not start:\n{instance._process.Out.Text}\n{instance._process.Err.Text}");
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    /// <summary>In its namespaces.</summary>
    public Task<ToolResult> Run(params IEnumerable<string> command) =>
        Tool.Run("nsenter", ["--target", _first, "--mount", "--pid", "--", .. command]);

    /// <summary>Of a unit, as systemctl(1) shows it.</summary>
    public async Task<string> Property(string unit, string name) =>
        (await Run("systemctl", "show", unit, $"--property={name}", "--value")).ShouldSucceed().Out.Trim();

    /// <summary>Pids, in its pid namespace, of processes whose command has this.</summary>
    public async Task<string[]> Processes(string command) =>
        (await Run("pgrep", "-f", command)).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async ValueTask DisposeAsync()
    {
        // The first process of the namespace ends with it, and the others with that.
        if (!_process.HasExited)
            await _process.Signal("KILL");
        await _process.DisposeAsync();
        await Remove(_group);
    }

    /// <summary>What is missing for it here; null: nothing.</summary>
    public static async Task<string?> WhyNot()
    {
        var group = $"edge-test-{Environment.ProcessId}-probe";
        await using var probe = Namespaces(group, "exec true");
        var code = await probe.Exit();
        await Remove(group);
        return code == 0 ? null : $"cannot make namespaces for systemd: {probe.Err.Text}";
    }

    private static BackgroundProcess Namespaces(string group, string command)
    {
        var enter = string.Concat(
            s_hierarchies.Select(hierarchy => $"mkdir {hierarchy}/{group}; echo $$ >{hierarchy}/{group}/cgroup.procs; "));
        var mounts = s_hierarchies.Length == 1
            ? "mount -t cgroup2 cgroup2 /sys/fs/cgroup"
            : "mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/systemd; "
                + "mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd";
        var inside = $"mount --make-rprivate /; {mounts}; mount -t tmpfs tmpfs /run; {command}";
        return new BackgroundProcess(
            Tool.Locate("sh"), "-e", "-c",
            $"{enter} exec unshare --pid --mount --cgroup --fork --kill-child --mount-proc sh -e -c '{inside}'");
    }

    private bool HasStarted()
    {
        var children = $"/proc/{_process.Id}/task/{_process.Id}/children";
        // At first it is mkdir.
        _first = File.Exists(children) ? File.ReadAllText(children).Trim() : "";
        return _first.Length > 0 && File.Exists($"/proc/{_first}/root/run/systemd/private");
    }

    private static Task Remove(string group)
    {
        string[] folders = [.. s_hierarchies.Select(hierarchy => $"{hierarchy}/{group}").Where(Directory.Exists)];
        // Processes that have been killed leave it a moment later.
        return EdgePair.Until(
            async () =>
            {
                await Tool.Run("find", [.. folders, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"]);
                return !folders.Any(Directory.Exists);
            },
            () => $"{group} has processes left");
    }
}

/// <summary>A fact that starts a systemd of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresSystemdFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_whyNot = new(static () =>
        !Environment.IsPrivilegedProcess ? "needs root: it makes namespaces"
        : !File.Exists(SystemdInstance.Program) || Tool.Find("systemctl") is null ? "systemd not installed"
        : ((string[])["unshare", "nsenter", "pgrep"]).FirstOrDefault(static tool => Tool.Find(tool) is null) is { } missing
            ? $"{missing} not installed"
        : Task.Run(SystemdInstance.WhyNot).GetAwaiter().GetResult());

    public RequiresSystemdFactAttribute() => Skip = s_whyNot.Value;
}
