using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>Counts the kernel memory of connections, and resets stalled ones when it is short: over <c>limits.pinned-memory</c>, near the
/// pressure threshold of tcp_mem, or over <c>limits.memory</c>. A timer measures, on the reactors' threads.</summary>
public sealed class PinnedMemory : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ITransport _transport;
    private readonly MemoryGuard _memory;
    private readonly EdgeLog _log;
    private readonly ITimer _timer;
    private readonly long _total;
    private Dictionary<long, PinnedState> _before = [];
    private int _percent, _looking;
    private bool _warned;
    private long _bytes;

    /// <param name="percent">Of the memory limit, or of the machine's memory; null: never reset.</param>
    public PinnedMemory(ITransport transport, MemoryGuard memory, int? percent, EdgeLog log, TimeProvider time)
    {
        (_transport, _memory, _log, Percent) = (transport, memory, log, percent);
        _total = memory.Use?.Limit ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        _timer = time.CreateTimer(static self => _ = ((PinnedMemory)self!).Look(), this, Interval, Interval);
    }

    /// <summary>Kernel memory of sockets and pipes of connections with bulk data or unsent bytes, at the last look.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Percent of the memory; null: off.</summary>
    public int? Percent
    {
        get => Volatile.Read(ref _percent) is var percent and > 0 ? percent : null;
        set => Volatile.Write(ref _percent, value ?? 0);
    }

    /// <summary>Bytes from which connections are reset; null: off.</summary>
    public long? Limit => Percent is { } percent ? _total / 100 * percent : null;

    /// <summary>Measures, and resets connections if memory is short. A look that takes longer than the interval is not repeated.</summary>
    public async Task Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) == 1)
            return;
        try
        {
            var links = _transport.OpenLinks == 0 ? [] : await _transport.Pinned().ConfigureAwait(false);
            var bytes = links.Sum(static link => link.Bytes);
            Volatile.Write(ref _bytes, bytes);
            var states = links.Select(link => PinnedState.Of(link, _before.GetValueOrDefault(link.Link.Id))).ToList();
            Release(states, bytes);
            _before = states.ToDictionary(static state => state.Link.Id);
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The links to reset, the one that holds most and moves least first, until <paramref name="excess"/> bytes are released.
    /// Pure.</summary>
    internal static List<PinnedState> Choose(IEnumerable<PinnedState> links, long excess)
    {
        var chosen = new List<PinnedState>();
        foreach (var link in links.Where(static link => link.IsStalled).OrderByDescending(static link => link.Bytes / (1.0 + link.Recent)))
        {
            if (excess <= 0)
                break;
            chosen.Add(link);
            excess -= link.Bytes;
        }
        return chosen;
    }

    private void Release(List<PinnedState> states, long bytes)
    {
        if (Limit is not { } limit || states.Count == 0)
        {
            _warned = false;
            return;
        }
        var (excess, why) = Excess(bytes, limit);
        var chosen = Choose(states, excess);
        foreach (var state in chosen)
            state.Link.Close(CloseReason.Memory, CloseMode.Reset);
        if (chosen.Count > 0 && !_warned)
        {
            _warned = true;
            _log.Warning(
                $"memory: connections hold {bytes >> 20} MiB in sockets and pipes, {why}; stalled ones are reset (MEMORY), beginning with "
                + "those that hold most and move least; raise limits.pinned-memory, or lower limits.buffers");
        }
        _warned &= excess > 0;
    }

    /// <summary>A tenth below the limit, so that the next client does not exceed it again.</summary>
    private (long Bytes, string Why) Excess(long bytes, long limit)
    {
        if (bytes > limit)
            return (bytes - (limit - (limit / 10)), $"and limits.pinned-memory is {limit >> 20}");
        if (TcpMemory.Read() is { } tcp && tcp.Excess > 0)
        {
            return (tcp.Excess,
                $"and TCP holds {tcp.Used >> 20} of the {tcp.Pressure >> 20} MiB from which the kernel slows it (net.ipv4.tcp_mem)");
        }
        return _memory.IsShort ? (Math.Max(bytes / 10, 1), "and memory is short (limits.memory)") : default;
    }
}

/// <param name="Bytes">Kernel memory now.</param>
/// <param name="Moved">Bytes relayed since the join.</param>
/// <param name="Recent">Bytes relayed in about the last second.</param>
internal sealed record PinnedState(Link Link, long Bytes, long Moved, long Recent)
{
    /// <summary>Of what moved before, a half counts at the next look. So a client that stops is stalled after some seconds.</summary>
    private const int Decay = 2;

    /// <summary>At its speed it would hold the bytes for more than about a minute. A slow reader is not meant: 100 kB/s move 4 MiB in
    /// less.</summary>
    public bool IsStalled => Bytes > 64 * Recent;

    /// <param name="before">At the look before; null: it held nothing then.</param>
    public static PinnedState Of(PinnedLink link, PinnedState? before) =>
        new(
            link.Link, link.Bytes, link.Moved,
            before is null ? link.Moved : (before.Recent / Decay) + link.Moved - before.Moved);
}

/// <summary>Memory of the kernel's TCP in bytes, and its pressure threshold, of this machine.</summary>
internal readonly record struct TcpMemory(long Used, long Pressure)
{
    /// <summary>Bytes over 90 percent of the threshold.</summary>
    public long Excess => Used - (Pressure / 10 * 9);

    /// <returns>Null: not Linux, or a container that does not see them.</returns>
    public static TcpMemory? Read()
    {
        try
        {
            return Parse(
                File.ReadAllText("/proc/net/sockstat"), File.ReadAllText("/proc/sys/net/ipv4/tcp_mem"), Environment.SystemPageSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="sockets">"TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 3", in pages.</param>
    /// <param name="limits">"low pressure max", in pages.</param>
    public static TcpMemory? Parse(string sockets, string limits, int page)
    {
        var line = sockets.Split('\n').FirstOrDefault(static line => line.StartsWith("TCP:", StringComparison.Ordinal))?.Split(' ') ?? [];
        var words = limits.Split((char[])['\t', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return Array.IndexOf(line, "mem") is var at and >= 0 && at + 1 < line.Length && long.TryParse(line[at + 1], out var used)
            && words.Length == 3 && long.TryParse(words[1], out var pressure)
            ? new TcpMemory(used * page, pressure * page)
            : null;
    }
}
