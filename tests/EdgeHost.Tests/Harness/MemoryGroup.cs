namespace EdgeHost.Tests.Harness;

/// <summary>A control group of a test's own with a limit of memory, gone with it. Of version 1 or 2, as the machine has it.</summary>
internal sealed class MemoryGroup : IAsyncDisposable
{
    private const string One = "/sys/fs/cgroup/memory", Two = "/sys/fs/cgroup";

    private static readonly Lazy<string?> s_whyNot = new(FindOut);
    private static int s_last;

    private readonly string _folder;
    private readonly bool _isTwo;

    public MemoryGroup(long limit)
    {
        _isTwo = !Directory.Exists(One);
        _folder = Path.Combine(_isTwo ? Two : One, $"edge-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}");
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, _isTwo ? "memory.max" : "memory.limit_in_bytes"), $"{limit}");
    }

    /// <summary>What is missing for it here; null: nothing.</summary>
    public static string? WhyNot => s_whyNot.Value;

    /// <summary>The most that was ever in use.</summary>
    public long Peak => long.Parse(File.ReadAllText(Path.Combine(_folder, _isTwo ? "memory.peak" : "memory.max_usage_in_bytes")));

    public long Used => long.Parse(File.ReadAllText(Path.Combine(_folder, _isTwo ? "memory.current" : "memory.usage_in_bytes")));

    /// <summary>How often the kernel had to end a process.</summary>
    public int Kills => (from line in File.ReadLines(Path.Combine(_folder, _isTwo ? "memory.events" : "memory.oom_control"))
                         where line.StartsWith("oom_kill ", StringComparison.Ordinal)
                         select int.Parse(line.Split(' ')[1])).Sum();

    /// <summary>A program in it, from its first moment on.</summary>
    public BackgroundProcess Start(params IEnumerable<string> command) =>
        new("sh", ["-c", $"echo $$ > {_folder}/cgroup.procs && exec \"$@\"", "sh", .. command]);

    public void Limit(long bytes) => File.WriteAllText(Path.Combine(_folder, _isTwo ? "memory.max" : "memory.limit_in_bytes"), $"{bytes}");

    public async ValueTask DisposeAsync()
    {
        // A process that has just ended may still be on its way out of it (EBUSY).
        for (var i = 0; ; i++)
        {
            try
            {
                Directory.Delete(_folder);
                return;
            }
            catch (IOException) when (i < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    private static string? FindOut()
    {
        if (!OperatingSystem.IsLinux())
            return "there are no control groups";
        try
        {
            new MemoryGroup(64 << 20).DisposeAsync().AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot make a control group with a limit of memory: {e.Message}";
        }
    }
}

/// <summary>A fact about a process with a limit of memory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresMemoryGroupFactAttribute : FactAttribute
{
    public RequiresMemoryGroupFactAttribute() => Skip = MemoryGroup.WhyNot;
}
