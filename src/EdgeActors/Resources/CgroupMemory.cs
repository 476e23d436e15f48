using System.Buffers.Text;
using EdgeActors.Settings;

namespace EdgeActors.Resources;

/// <summary>Bytes of memory: limit and usage.</summary>
public readonly record struct MemoryUse(long Used, long Limit)
{
    public double Percent => 100.0 * Used / Limit;
}

/// <summary>Memory of this process's cgroup and its ancestors, of which the fullest counts; cgroups(7), version 1 or 2. Usage excludes
/// inactive file pages, which the kernel can reclaim, as in container tools.</summary>
internal sealed class CgroupMemory
{
    /// <summary>Version 1 reports this or more for "no limit".</summary>
    private const long Unlimited = 1L << 60;

    private readonly IReadOnlyList<Level> _levels;
    private readonly Lock _one = new();
    private readonly byte[] _buffer = new byte[8192];

    private CgroupMemory(IReadOnlyList<Level> levels) => _levels = levels;

    /// <returns>Null: no memory cgroup.</returns>
    /// <param name="process">The /proc/self folder.</param>
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
            // No /proc: not Linux.
            return null;
        }
    }

    /// <summary>The fullest cgroup; null: no limit.</summary>
    /// <param name="lookFrom">Percent from which reclaimable memory is read and subtracted.</param>
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

    /// <summary>From the process's cgroup to the highest visible ancestor; null: no memory controller in that version.</summary>
    private static List<Level>? Levels(
        string[] groups, string[] mounts, string kind, Func<string[], bool> isIt, string limit, string usage, string inactive)
    {
        // "4:memory:/docker/1f2e"; in version 2 "0::/docker/1f2e".
        var group = groups.Select(static line => line.Split(':', 3)).FirstOrDefault(parts => parts.Length == 3 && isIt(parts[1].Split(',')))?[2];
        // "31 23 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory", see proc(5): root, mount point, type after the dash.
        var mount = mounts.Select(static line => line.Split(' ')).FirstOrDefault(fields =>
            Array.IndexOf(fields, "-") is var dash and > 4 && dash + 3 < fields.Length && fields[dash + 1] == kind
            && (kind == "cgroup2" || fields[dash + 3].Split(',').Contains("memory")));
        if (group is null || mount is null)
            return null;
        var (root, top) = (mount[3].TrimEnd('/'), mount[4]);
        // In a container the mount may be the cgroup itself, under another name than outside.
        var below = group.StartsWith(root + "/", StringComparison.Ordinal) ? group[root.Length..].Trim('/') : "";
        var levels = new List<Level>();
        for (var folder = Path.Combine(top, below).TrimEnd('/'); folder.Length >= top.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (File.Exists(Path.Combine(folder, limit)))
                levels.Add(new Level(Path.Combine(folder, limit), Path.Combine(folder, usage), Path.Combine(folder, "memory.stat"), inactive));
        }
        return levels.Count > 0 ? levels : null;
    }

    /// <returns>Null: "max", or the cgroup is gone.</returns>
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

/// <summary>The share of pipes in the memory limit. Slow readers fill pipes: 1,024 of 1 MiB are 1 GiB of kernel memory charged to this
/// process. Without a pipe a direction copies. Pure.</summary>
internal static class PipeMemory
{
    /// <summary>Maximum share of the limit, as a divisor.</summary>
    private const int Share = 4;

    /// <summary>The same for held silent drops, each with its longest receive queue.</summary>
    private const int SilentShare = 16, SilentBytes = 16 * 1024;

    /// <param name="limit">Bytes; null: none.</param>
    public static EdgeSettings Apply(EdgeSettings settings, long? limit) => limit is not { } bytes ? settings : settings with
    {
        Transport = settings.Transport with
        {
            MaxPipes = (int)Math.Min(settings.Transport.MaxPipes, bytes / Share / settings.Transport.PipeSize),
        },
        SilentDrop = settings.SilentDrop with
        {
            Max = settings.SilentDrop.Max is { } max
                ? (int)Math.Min(max, Math.Max(SilentDropSettings.AutoLeast, bytes / SilentShare / SilentBytes)) : null,
        },
    };
}
