using Akka.Actor;
using EdgeActors.Accept;
using EdgeActors.Config;
using EdgeActors.Operate;

namespace EdgeActors;

/// <summary>What operators see of a node, and where they come in.</summary>
public sealed partial class EdgeNode
{
    private IOperator? _operator;

    /// <summary>Takes the operators' words.</summary>
    public IOperator Operator => _operator ?? throw new InvalidOperationException("The node has not started.");

    /// <summary>Null: the configuration stays what it was at the start.</summary>
    public IReloader? Reloader { get; set; }

    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>Of which new connections are.</summary>
    public long Generation => Generations.Current;

    /// <summary>How bytes are moved.</summary>
    public string TransportName => _transport.Name;

    /// <summary>Silently dropped clients whose sockets are held.</summary>
    public int SilentHeld => _transport.SilentHeld;

    internal TimeProvider Time => _time;

    private void StartOperator(IActorRefFactory parent)
    {
        StartedAt = _time.GetUtcNow();
        _operator = new NodeOperator(parent.ActorOf(OperatorActor.Props(this), "operator"), Log, () => ClusterDoor);
    }
}
