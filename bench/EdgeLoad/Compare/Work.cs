using EdgeLoad.Load;
using EdgeLoad.Measure;

namespace EdgeLoad.Compare;

/// <summary>A column of the table.</summary>
/// <param name="Figure">Its name in the <see cref="Result"/>.</param>
/// <param name="Title">What the table calls it.</param>
internal readonly record struct FigureColumn(string Figure, string Title);

/// <summary>A kind of work, in pieces so that proxies can take turns.</summary>
internal readonly record struct WorkKind(int Pieces, FigureColumn[] Columns, Func<Target, Result> Run);

/// <summary>The work that each proxy gets.</summary>
/// <param name="percent">Of the whole amount: less for a quick look, more for a quiet machine.</param>
internal sealed class Work(int percent)
{
    private const int Pieces = 8;

    /// <summary>Fewer, of whole streams: the first bytes of a stream cost more than the rest.</summary>
    private const int BulkPieces = 4;

    private static readonly FigureColumn[] MemoryColumns = [new("kB/connection", "kB/conn")];

    private static readonly FigureColumn[] RateColumns =
        [new("cpu_us/connection", "us/conn"), new("machine_us/connection", "machine us/conn"), new("connections/s", "conn/s")];

    private static readonly FigureColumn[] DownColumns = [new("cpu_s/GB", "s/GB down"), new("machine_s/GB", "machine s/GB")];
    private static readonly FigureColumn[] UpColumns = [new("cpu_s/GB", "s/GB up")];
    private static readonly FigureColumn[] OneColumns = [new("p50_us", "p50 x1"), new("p99_us", "p99 x1")];

    private static readonly FigureColumn[] ManyColumns =
        [new("p50_us", "p50 x16"), new("p99_us", "p99 x16"), new("cpu_us/trip", "us/trip x16")];

    public WorkKind[] All =>
    [
        new(Pieces, RateColumns, target => RateLoad.Run(target, Piece(20_000), 64)),
        new(BulkPieces, DownColumns, target => BulkLoad.Run(target, down: true, Of(1024), 2)),
        new(BulkPieces, UpColumns, target => BulkLoad.Run(target, down: false, Of(1024), 2)),
        new(Pieces, OneColumns, target => PingLoad.Run(target, Piece(20_000), 1)),
        new(Pieces, ManyColumns, target => PingLoad.Run(target, Piece(100_000), 16)),
    ];

    /// <param name="target">A process that has not worked yet: later, idle connections would use the room that a burst has left behind, which
    /// would not be seen.</param>
    public static (FigureColumn[] Columns, Result Result) Memory(Target target)
    {
        // Code that runs for the first time takes memory too, and that is no connection's.
        RateLoad.Run(target, 500, 64);
        return (MemoryColumns, IdleLoad.Run(target, 2_000, TimeSpan.FromSeconds(2)));
    }

    /// <summary>.NET compiles again what is called often. Until then, for 10,000 to 15,000 connections, one costs up to a half more.</summary>
    public void WarmUp(Target target)
    {
        RateLoad.Run(target, 30_000, 64);
        BulkLoad.Run(target, down: true, Of(512), 2);
        BulkLoad.Run(target, down: false, Of(512), 2);
        PingLoad.Run(target, Of(20_000), 16);
    }

    private int Piece(int amount) => Of(amount / Pieces);

    private int Of(int amount) => Math.Max(1, (int)((long)amount * percent / 100));
}
