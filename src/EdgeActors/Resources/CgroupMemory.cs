using System.Buffers.Text;
using EdgeActors.Settings;

namespace EdgeActors.Resources;

/// <summary>How much memory there is, and how much of it is taken. Both in bytes.</summary>
public readonly record struct MemoryUse(long Used, long Limit)
{
    public double Percent => 100.0 * Used / Limit;
}

/// <summary>
/// The memory of this process's control group and of those around it, of which the one that is fullest counts; cgroups(7), version 2 or 1.
/// Taken is what
/// the kernel could not just take back: without the files that have not been read for some time, as container tools count.
/// </summary>
internal sealed class CgroupMemory
{
    /// <summary>Version 1 has this and more for "no limit".</summary>
    private const long Unlimited = 1L << 60;

    private readonly IReadOnlyList<Level> _levels;
    private readonly Lock _one = new();
    private readonly byte[] _buffer = new byte[8192];

    private CgroupMemory(IReadOnlyList<Level> levels) => _levels = levels;

    /// <returns>Null: there is no such group here.</returns>
    /// <param name="process">/proc/self.</param>
    public static CgroupMemory? Find(string process = "/proc/self")
    {
        try
        {
            var groups = File.ReadAllLines(Path.Combine(process, "cgroup"));
            var mounts = File.ReadAllLines(Path.Combine(process, "mountinfo"));
            var levels =
                Levels(groups, mounts, "cgroup", static names => names.Contains("memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
                ?? Levels(groups, mounts, "cgroup2", static names => names is [""], "memory.max", "memory.current", "inactive_file ");
            return levels is { Count: > 0 } ? new CgroupMemory(levels) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc: it is not Linux.
            return null;
        }
    }

    /// <summary>Of the group that is fullest; null: none has a limit.</summary>
    /// <param name="lookFrom">Percent below which it does not matter how much of it could be taken back, and is not looked at.</param>
    public MemoryUse? Read(double lookFrom = 0)
    {
        using var _ = _one.EnterScope();
        MemoryUse? fullest = null;
        foreach (var level in _levels)
        {
            if (ReadNumber(level.Limit) is not (> 0 and < Unlimited and var limit) || ReadNumber(level.Usage) is not { } used)
                continue;
            var use = new MemoryUse(used, limit);
            if (use.Percent >= lookFrom)
                use = use with { Used = Math.Max(0, used - ReadField(level.Statistics, level.Inactive)) };
            if (fullest is null || use.Percent > fullest.Value.Percent)
                fullest = use;
        }
        return fullest;
    }

    /// <summary>From the process's own group up to the highest that is to be seen from here; null: that version has no memory
    /// controller.</summary>
    private static List<Level>? Levels(
        string[] groups, string[] mounts, string kind, Func<string[], bool> isIt, string limit, string usage, string inactive)
    {
        // "4:memory:/docker/1f2e"; of version 2, "0::/docker/1f2e".
        var group = groups.Select(static line => line.Split(':', 3)).FirstOrDefault(parts => parts.Length == 3 && isIt(parts[1].Split(',')))?[2];
        // "31 23 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory", see proc(5): what is mounted, where, and behind the
        // dash of which kind.
        var mount = mounts.Select(static line => line.Split(' ')).FirstOrDefault(fields =>
            Array.IndexOf(fields, "-") is var dash and > 4 && dash + 3 < fields.Length && fields[dash + 1] == kind
            && (kind == "cgroup2" || fields[dash + 3].Split(',').Contains("memory")));
        if (group is null || mount is null)
            return null;
        var (root, top) = (mount[3].TrimEnd('/'), mount[4]);
        // In a container, what is mounted may be the group itself, whatever its name is outside.
        var below = group.StartsWith(root + "/", StringComparison.Ordinal) ? group[root.Length..].Trim('/') : "";
        var levels = new List<Level>();
        for (var folder = Path.Combine(top, below).TrimEnd('/'); folder.Length >= top.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (File.Exists(Path.Combine(folder, limit)))
                levels.Add(new Level(Path.Combine(folder, limit), Path.Combine(folder, usage), Path.Combine(folder, "memory.stat"), inactive));
        }
        return levels.Count > 0 ? levels : null;
    }

    /// <returns>Null: it says "max", or is gone.</returns>
    private long? ReadNumber(string path) => Utf8Parser.TryParse(ReadFile(path), out long number, out _) ? number : null;

    private long ReadField(string path, string name)
    {
        var text = ReadFile(path);
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.Length > name.Length && System.Text.Ascii.Equals(line[..name.Length], name))
                return Utf8Parser.TryParse(line[name.Length..], out long number, out _) ? number : 0;
        }
        return 0;
    }

    private ReadOnlySpan<byte> ReadFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return _buffer.AsSpan(0, RandomAccess.Read(file, _buffer, 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private sealed record Level(string Limit, string Usage, string Statistics, string Inactive);
}

/// <summary>
/// What pipes may take of the memory limit. Slow readers fill pipes: 1,024 of 1 MiB are a GiB of kernel memory that counts against this
/// process.
/// Without a pipe a direction copies. Pure.
/// </summary>
internal static class PipeMemory
{
    /// <summary>Of the limit, at most.</summary>
    private const int Share = 4;

    /// <param name="limit">Bytes; null: there is none.</param>
    public static EdgeSettings Apply(EdgeSettings settings, long? limit) => limit is not { } bytes ? settings : settings with
    {
        Transport = settings.Transport with
        {
            MaxPipes = (int)Math.Min(settings.Transport.MaxPipes, bytes / Share / settings.Transport.PipeSize),
        },
    };
}
