using Akka.Event;

namespace Akka.Streams.Implementation;

/// <summary>The way in from other threads.</summary>
internal sealed partial class GraphInterpreter
{
    private readonly IAsyncInputs _asyncInputs;

    // Inputs that the stages gave themselves; they need no trip through the mailbox.
    private readonly Queue<AsyncInput> _ownInputs = new(0);

    public bool HasOwnInputs => _ownInputs.Count > 0;

    public void OnAsyncInput(AsyncInput input)
    {
        if (ReferenceEquals(t_current, this))
            _ownInputs.Enqueue(input);
        else
            _asyncInputs.Post(input);
    }

    public void RunOwnInput() => Run(_ownInputs.Dequeue());

    /// <summary>Runs the input in its stage, or drops it if the stage has ended.</summary>
    public void Run(AsyncInput input)
    {
        var logic = input.Logic;
        if (logic.HasEnded || logic.IsStopped) return;
        var outer = Enter();
        _active = logic;
        try
        {
            input.Run();
        }
        catch (Exception e)
        {
            Log.Error(e, "{0} failed in an asynchronous callback: {1}", logic, e.Message);
            logic.FailStage(e);
        }
        AfterRun(logic);
        t_current = outer;
    }
}
