using System.Net;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Operator;

/// <summary>One order of an operator, made of words by <see cref="Operator.Syntax.OperatorParser"/>; <see cref="OperatorActor"/> takes it.</summary>
public abstract record OperatorRequest
{
    /// <summary>Whether the node is another one afterwards: refused to those who may only look.</summary>
    public virtual bool Changes => false;
}

public sealed record ShowStatus : OperatorRequest;

/// <param name="Sort">Null: by id, the oldest connection first.</param>
/// <param name="Top">Rows at most; null: as many as an answer holds.</param>
/// <param name="CountOnly">How many there are, without any of them.</param>
public sealed record ListConnections(ConnectionFilter Filter, ConnectionSort? Sort, int? Top, bool CountOnly) : OperatorRequest;

public enum ConnectionSort
{
    Id,

    /// <summary>The oldest first.</summary>
    Age,

    /// <summary>The largest first, both directions together.</summary>
    Bytes,

    /// <summary>The longest idle first.</summary>
    Idle,
}

public sealed record ShowConnection(long Id) : OperatorRequest;

/// <param name="DryRun">Say how many it would be.</param>
/// <param name="Over">Not at once but spread evenly over this time; zero: at once.</param>
public sealed record KillConnections(ConnectionFilter Filter, bool DryRun, TimeSpan Over) : OperatorRequest
{
    public override bool Changes => !DryRun;
}

/// <summary>Answered with an <see cref="AnswerStream"/> without an end.</summary>
public sealed record WatchConnections(ConnectionFilter Filter) : OperatorRequest;

/// <param name="Backend">This one alone; null: all.</param>
public sealed record ListBackends(string? Backend) : OperatorRequest;

/// <param name="State">Null: stays.</param>
/// <param name="Weight">Null: stays.</param>
public sealed record ChangeServer(string Backend, string Server, AdminState? State, int? Weight) : OperatorRequest
{
    public override bool Changes => true;
}

public sealed record ListRoutes : OperatorRequest;

/// <param name="ServerName">In its one spelling.</param>
/// <param name="Protocols">That the client offers, the one that it likes best first.</param>
/// <param name="Client">Where it comes from; null: from anywhere.</param>
public sealed record ExplainRoute(string ServerName, IReadOnlyList<string> Protocols, IPAddress? Client) : OperatorRequest;

public sealed record ShowRate(IPAddress Address) : OperatorRequest;

public sealed record ListRates(int Top) : OperatorRequest;

public sealed record ClearRate(IPAddress Address) : OperatorRequest
{
    public override bool Changes => true;
}

public sealed record ListActors : OperatorRequest;

public sealed record ReloadConfiguration : OperatorRequest
{
    public override bool Changes => true;
}

public sealed record ListGenerations : OperatorRequest;

/// <param name="State">Null: say which it is.</param>
public sealed record ShowFloatingIp(FloatingIpState? State) : OperatorRequest
{
    public override bool Changes => State is not null;
}

/// <param name="Level">Null: say which it is.</param>
public sealed record LogLevel(LogThreshold? Level) : OperatorRequest
{
    public override bool Changes => Level is not null;
}

public enum ClusterOrder
{
    Show,

    /// <summary>Hand the shards over and stay out.</summary>
    Leave,

    /// <summary>Come back.</summary>
    Join,

    /// <summary>End the cluster's actor system; another one joins.</summary>
    Restart,
}

/// <param name="Now">Restart without leaving first.</param>
public sealed record ClusterRequest(ClusterOrder Order, bool Now) : OperatorRequest
{
    public override bool Changes => Order != ClusterOrder.Show;
}
