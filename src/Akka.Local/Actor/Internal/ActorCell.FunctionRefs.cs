namespace Akka.Actor.Internal;

// References without an actor that live as long as the cell, for parts of it that others can tell and watch (a stage of a stream, for instance).
internal sealed partial class ActorCell
{
    private List<FunctionRef>? _functionRefs;

    internal FunctionRef AddFunctionRef(Action<IActorRef, object> tell, string suffix = "")
    {
        var function = new FunctionRef(_system, _self.Path / $"$${NameSequence.Text(_system.NextTempNumber())}{suffix}", tell);
        (_functionRefs ??= []).Add(function);
        return function;
    }

    internal bool RemoveFunctionRef(FunctionRef function)
    {
        if (_functionRefs?.Remove(function) != true)
            return false;
        function.Stop();
        return true;
    }

    private void StopFunctionRefs()
    {
        if (_functionRefs is null)
            return;
        foreach (var function in _functionRefs.ToArray())
            function.Stop();
        _functionRefs = null;
    }
}
