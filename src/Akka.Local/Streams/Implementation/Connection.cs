using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>How far the current element has come. A connection goes round these four in order, one round for each element.</summary>
internal enum Transfer : byte
{
    /// <summary>Nobody has asked for an element; the last one may still wait to be grabbed.</summary>
    Idle,

    /// <summary>Asked for, but the upstream stage has not been told yet.</summary>
    Pulling,

    /// <summary>The upstream stage may push.</summary>
    Pulled,

    /// <summary>Pushed, but the downstream stage has not been told yet.</summary>
    Pushing,
}

/// <summary>
/// One edge of a running graph: the outlet of one stage joined to the inlet of another. It carries at most one element and one
/// event, so the interpreter's queue never needs more room than there are connections.
/// </summary>
internal abstract class Connection(GraphStageLogic upstream, GraphStageLogic downstream)
{
    public readonly GraphStageLogic Upstream = upstream;
    public readonly GraphStageLogic Downstream = downstream;

    public IOutHandler OutHandler = null!;
    public IInHandler InHandler = null!;

    public Transfer Transfer;
    public bool HasElement;

    /// <summary>Each side closes its own end; a stage is told when the other end has closed, and thereby its own.</summary>
    public bool InClosed;
    public bool OutClosed;
    public bool Failed;

    /// <summary>Why the outlet failed or the inlet cancelled.</summary>
    public Exception? Cause;

    public bool HasEventPending => Transfer is Transfer.Pulling or Transfer.Pushing;

    public abstract void DropElement();
}

/// <summary>The typed part of an edge, so that value types travel unboxed.</summary>
internal sealed class Connection<T>(GraphStageLogic upstream, GraphStageLogic downstream) : Connection(upstream, downstream)
{
    private T? _element;

    public void Put(T element)
    {
        _element = element;
        HasElement = true;
    }

    public T Take()
    {
        var element = _element!;
        DropElement();
        return element;
    }

    public override void DropElement()
    {
        _element = default;
        HasElement = false;
    }
}
