using System.Net;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Operator;

/// <summary>One order of an operator, made of words by <see cref="Operator.Syntax.OperatorParser"/>; <see cref="OperatorActor"/> takes
/// it.</summary>
/// <param name="Changes">Whether it changes the node: refused to read-only access.</param>
public abstract record OperatorRequest(bool Changes = false);

public sealed record ShowStatus : OperatorRequest;

/// <param name="Sort">Null: by id, the oldest connection first.</param>
/// <param name="Top">Rows at most; null: as many as an answer holds.</param>
/// <param name="CountOnly">How many there are, without any of them.</param>
public sealed record ListConnections(ConnectionFilter Filter, ConnectionSort? Sort, int? Top, bool CountOnly) : OperatorRequest;

public enum ConnectionSort
{
    Id,
    Age,
    Bytes,
    Idle,
}

public sealed record ShowConnection(long Id) : OperatorRequest;

/// <param name="DryRun">Say how many it would be.</param>
/// <param name="Over">Not at once but spread evenly over this time; zero: at once.</param>
public sealed record KillConnections(ConnectionFilter Filter, bool DryRun, TimeSpan Over) : OperatorRequest(!DryRun);

/// <summary>Answered with an <see cref="AnswerStream"/> without an end.</summary>
public sealed record WatchConnections(ConnectionFilter Filter) : OperatorRequest;

/// <param name="Backend">This one alone; null: all.</param>
public sealed record ListBackends(string? Backend) : OperatorRequest;

/// <param name="State">Null: stays.</param>
/// <param name="Weight">Null: stays.</param>
public sealed record ChangeServer(string Backend, string Server, AdminState? State, int? Weight) : OperatorRequest(true);

public sealed record ListRoutes : OperatorRequest;

/// <param name="ServerName">In its one spelling.</param>
/// <param name="Protocols">That the client offers, the one that it likes best first.</param>
/// <param name="Client">Where it comes from; null: from anywhere.</param>
/// <param name="Listener">The listener that the client connects to; null: any.</param>
public sealed record ExplainRoute(
    string ServerName, IReadOnlyList<string> Protocols, IPAddress? Client, string? Listener) : OperatorRequest;

public sealed record ShowRate(IPAddress Address) : OperatorRequest;

public sealed record ListRates(int Top) : OperatorRequest;

public sealed record ClearRate(IPAddress Address) : OperatorRequest(true);

public sealed record ListActors : OperatorRequest;

public sealed record ReloadConfiguration() : OperatorRequest(true);

public sealed record RestartProcess() : OperatorRequest(true);

public sealed record ListGenerations : OperatorRequest;

/// <param name="State">Null: say which it is.</param>
public sealed record ShowFloatingIp(FloatingIpState? State) : OperatorRequest(State is not null);

/// <param name="Level">Null: say which it is.</param>
public sealed record LogLevel(LogThreshold? Level) : OperatorRequest(Level is not null);

public enum ClusterOrder
{
    Show,

    /// <summary>Hand the shards over and stay out.</summary>
    Leave,
    Join,

    /// <summary>End the cluster's actor system; another one joins.</summary>
    Restart,
}

/// <param name="Now">Restart without leaving first.</param>
public sealed record ClusterRequest(ClusterOrder Order, bool Now) : OperatorRequest(Order != ClusterOrder.Show);

/// <summary>From <see cref="OperatorActor"/> in place of an answer: there will be many.</summary>
/// <param name="Start">Begins them; ends with the token.</param>
public sealed record AnswerStream(Func<CancellationToken, IAsyncEnumerable<Answer>> Start);

/// <summary>Replaces the running configuration.</summary>
public interface IReloader
{
    /// <summary>Reads the configuration again and, unless it has errors, lets new connections be made by it.</summary>
    Task<ReloadOutcome> Reload(CancellationToken cancel);
}

/// <param name="Generation">That new connections are of now.</param>
/// <param name="Changes">What is different from before, a sentence each.</param>
/// <param name="Keys">Keys whose values differ.</param>
/// <param name="Errors">If there are any, nothing was changed.</param>
public sealed record ReloadOutcome(
    long Generation, IReadOnlyList<string> Changes, IReadOnlyList<KeyChange> Keys, IReadOnlyList<string> Errors);
