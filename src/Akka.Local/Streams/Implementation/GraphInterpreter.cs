using System.Numerics;
using Akka.Event;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>
/// Runs all stages of one graph on whichever thread calls it, one event at a time and never recursively: a push or a pull only
/// notes an event, which the loop here delivers once the stage has returned. It belongs to one actor, which is what makes it
/// single-threaded.
/// </summary>
internal sealed partial class GraphInterpreter
{
    // An element's way down a chain, and a pull's way up, skip the queue for this many steps.
    private const int MostChasedEvents = 16;

    [ThreadStatic]
    private static GraphInterpreter? t_current;

    private readonly GraphStageLogic[] _logics;
    private readonly Connection?[] _events;
    private readonly int _mask;
    private int _head;
    private int _tail;

    private Connection? _chasedPush;
    private Connection? _chasedPull;
    private int _chasesLeft;

    private GraphStageLogic? _active;
    private int _running;

    public GraphInterpreter(IMaterializer materializer, ILoggingAdapter log, GraphStageLogic[] logics, int connections, IAsyncInputs asyncInputs)
    {
        Materializer = materializer;
        Log = log;
        _logics = logics;
        _running = logics.Length;
        _asyncInputs = asyncInputs;
        _events = new Connection?[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(connections, 1))];
        _mask = _events.Length - 1;
    }

    /// <summary>The interpreter that runs on this thread right now, if any.</summary>
    public static GraphInterpreter? CurrentOrNull => t_current;

    /// <summary>The stage whose handler runs on this thread right now.</summary>
    public static GraphStageLogic ActiveStage =>
        t_current?._active ?? throw new InvalidOperationException("No stage is running on this thread.");

    public IMaterializer Materializer { get; }

    public ILoggingAdapter Log { get; }

    public bool HasEvents => _head != _tail;

    public bool IsCompleted => _running == 0 && !HasEvents;

    /// <summary>Starts every stage; one that throws is failed, the others go on.</summary>
    public void Start()
    {
        var outer = Enter();
        foreach (var logic in _logics)
        {
            logic.Interpreter = this;
            _active = logic;
            try
            {
                logic.BeforePreStart();
                logic.PreStart();
            }
            catch (Exception e)
            {
                Log.Error(e, "{0} failed in PreStart", logic);
                logic.FailStage(e);
            }
            AfterRun(logic);
        }
        t_current = outer;
    }

    /// <summary>Delivers events until there are none or <paramref name="limit"/> of them came from the queue; returns what is left of it.</summary>
    public int Execute(int limit)
    {
        var outer = Enter();
        while (limit > 0 && HasEvents)
        {
            limit--;
            _chasesLeft = Math.Min(MostChasedEvents, limit);
            Deliver(Dequeue());
            Chase();
        }
        // Whatever comes in between two calls is not part of a chase.
        _chasesLeft = 0;
        t_current = outer;
        return limit;
    }

    /// <summary>Stops the stages that are still running, without telling their neighbours.</summary>
    public void Abort()
    {
        var outer = Enter();
        foreach (var logic in _logics)
            Stop(logic);
        t_current = outer;
    }

    private GraphInterpreter? Enter()
    {
        var outer = t_current;
        t_current = this;
        return outer;
    }

    private void Chase()
    {
        while (_chasedPush is { } push)
        {
            _chasedPush = null;
            Deliver(push);
        }
        while (_chasedPull is { } pull)
        {
            _chasedPull = null;
            Deliver(pull);
        }
        QueueChased();
    }

    private void Deliver(Connection connection)
    {
        _active = null;
        try
        {
            Process(connection);
        }
        catch (Exception e)
        {
            FailActive(e);
        }
        if (_active is { } logic)
            AfterRun(logic);
    }

    private void Process(Connection connection)
    {
        if (connection.InClosed)
        {
            if (!connection.OutClosed)
                ProcessCancellation(connection);
        }
        else if (!connection.OutClosed)
        {
            if (connection.Transfer == Transfer.Pushing)
                ProcessPush(connection);
            else if (connection.Transfer == Transfer.Pulling)
                ProcessPull(connection);
        }
        else if (connection.Transfer == Transfer.Pushing)
        {
            // The last element comes before the end.
            ProcessPush(connection);
            Enqueue(connection);
        }
        else
        {
            ProcessCompletion(connection);
        }
    }

    private void ProcessPush(Connection connection)
    {
        _active = connection.Downstream;
        connection.Transfer = Transfer.Idle;
        connection.InHandler.OnPush();
    }

    private void ProcessPull(Connection connection)
    {
        _active = connection.Upstream;
        connection.Transfer = Transfer.Pulled;
        connection.OutHandler.OnPull();
    }

    private void ProcessCancellation(Connection connection)
    {
        _active = connection.Upstream;
        connection.OutClosed = true;
        connection.Upstream.OpenPorts--;
        connection.OutHandler.OnDownstreamFinish(connection.Cause!);
    }

    private void ProcessCompletion(Connection connection)
    {
        _active = connection.Downstream;
        connection.InClosed = true;
        connection.Downstream.OpenPorts--;
        if (connection.Failed)
            connection.InHandler.OnUpstreamFailure(connection.Cause!);
        else
            connection.InHandler.OnUpstreamFinish();
    }

    private void FailActive(Exception e)
    {
        var logic = _active!;
        Log.Error(e, "{0} failed: {1}", logic, e.Message);
        logic.FailStage(e);
        _chasesLeft = 0;
        QueueChased();
    }

    private void AfterRun(GraphStageLogic logic)
    {
        if (logic.HasEnded)
            Stop(logic);
    }

    private void Stop(GraphStageLogic logic)
    {
        if (logic.IsStopped) return;
        logic.IsStopped = true;
        _running--;
        try
        {
            logic.PostStop();
            logic.AfterPostStop();
        }
        catch (Exception e)
        {
            Log.Error(e, "{0} failed in PostStop", logic);
        }
    }
}
