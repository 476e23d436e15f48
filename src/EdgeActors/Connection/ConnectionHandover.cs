using Akka.Actor;
using Akka.Event;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>A joined connection for another process: the link, and what logs, operators and limits know of it. Properties may be added; a
/// receiver ignores those that it does not know.</summary>
public sealed record ConnectionHandover
{
    public required LinkHandover Link { get; init; }

    public required string Listener { get; init; }

    public required long Generation { get; init; }

    /// <summary>When that configuration came into force.</summary>
    public DateTimeOffset GenerationSince { get; init; }

    public required string Backend { get; init; }

    public required string Server { get; init; }

    /// <summary>As configured: a server of this name with another address is another server. Null: the server was removed before.</summary>
    public string? ServerAddress { get; init; }

    public string? ServerName { get; init; }

    public string? InvalidName { get; init; }

    public bool HasEch { get; init; }

    public byte[]? Alpn { get; init; }

    public bool HasUniqueId { get; init; }

    public HelloFacts? Hello { get; init; }

    public long PeekedAt { get; init; }

    public long AdmittedAt { get; init; }

    public long DialledAt { get; init; }

    public int QueuedBehind { get; init; }

    public int QueuedMs { get; init; }

    public int Retries { get; init; }

    /// <summary>The facts of a joined connection, which do not change.</summary>
    public static ConnectionHandover Of(LiveConnection record, LinkHandover link, RouteSnapshot routes)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(routes);
        return new ConnectionHandover
        {
            Link = link,
            Listener = record.Listener,
            Generation = record.Generation,
            Backend = record.Backend!,
            Server = record.Server!,
            ServerAddress = AddressOf(record, routes),
            ServerName = record.ServerName,
            InvalidName = record.InvalidName,
            HasEch = record.HasEch,
            Alpn = record.Alpn.Raw,
            HasUniqueId = record.HasUniqueId,
            Hello = record.Hello,
            PeekedAt = record.PeekedAt,
            AdmittedAt = record.AdmittedAt,
            DialledAt = record.DialledAt,
            QueuedBehind = record.QueuedBehind,
            QueuedMs = record.QueuedMs,
            Retries = record.Retries,
        };
    }

    private static string? AddressOf(LiveConnection record, RouteSnapshot routes) =>
        record.Taken is { } server && routes.PoolOf(record.Backend!) is { } pool && pool.IndexOf(server) is var index and >= 0
            ? pool.Servers[index].Settings.Address
            : null;
}

/// <summary>To the parent of all connections, and on to an actor.</summary>
/// <param name="Link">Of <see cref="ITransport.Adopt"/>.</param>
/// <param name="Server">Null: the server is not in this configuration.</param>
public sealed record Adopted(Link Link, ConnectionContext Context, ConnectionHandover Handover, RouteTo? Server);

/// <summary>To a connection: another process has it.</summary>
internal sealed class ConnectionMoved : IDeadLetterSuppression
{
    public static readonly ConnectionMoved Instance = new();
}

/// <summary>A connection at rest. Its owner calls one of <see cref="GoOn"/> and <see cref="Moved"/>.</summary>
public sealed record FrozenConnection(LiveConnection Record, ConnectionHandover Handover)
{
    public void GoOn() => Record.Link.Thaw();

    /// <summary>Another process has it.</summary>
    public void Moved()
    {
        Record.Link.GiveAway();
        Record.Connection.Tell(ConnectionMoved.Instance, ActorRefs.NoSender);
    }
}

/// <summary>Freezes connections and collects them. Their actors are not involved: the facts of a joined connection do not change.</summary>
public sealed class FrozenBatch
{
    /// <summary>A reactor's turn takes milliseconds; a connection that is later goes on.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly RouteSnapshot _routes;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<FrozenConnection>? _frozen = [];
    private int _missing;

    private FrozenBatch(RouteSnapshot routes, int count) => (_routes, _missing) = (routes, count);

    /// <param name="records">In <see cref="ConnectionPhase.Joined"/>.</param>
    /// <returns>Those that are at rest; the others have ended.</returns>
    public static async Task<IReadOnlyList<FrozenConnection>> Of(IReadOnlyCollection<LiveConnection> records, RouteSnapshot routes)
    {
        ArgumentNullException.ThrowIfNull(records);
        var batch = new FrozenBatch(routes, records.Count);
        foreach (var record in records)
            record.Link.Freeze(link => batch.Add(record, link));
        await batch._complete.Task.WaitAsync(Timeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (batch._lock)
        {
            var frozen = batch._frozen!;
            batch._frozen = null;
            return frozen;
        }
    }

    private void Add(LiveConnection record, LinkHandover? link)
    {
        var one = link is null ? null : new FrozenConnection(record, ConnectionHandover.Of(record, link, _routes));
        lock (_lock)
        {
            if (one is not null && _frozen is not null)
            {
                _frozen.Add(one);
                one = null;
            }
            if (--_missing == 0)
                _complete.TrySetResult();
        }
        // Too late.
        one?.GoOn();
    }
}
