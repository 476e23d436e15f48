namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// A callback into a stage for the use of a materialised value, which others may hold before the stage has started and after it
/// has stopped: early calls wait, late ones get an answer of their own.
/// </summary>
internal sealed class EarlyCallback<T>
{
    private readonly Lock _lock = new();
    private List<T>? _early = [];
    private Action<T>? _callback;

    public void Invoke(T value)
    {
        lock (_lock)
        {
            if (_callback is null)
                _early!.Add(value);
            else
                _callback(value);
        }
    }

    public void Start(Action<T> callback)
    {
        lock (_lock)
        {
            _callback = callback;
            foreach (var value in _early!)
                callback(value);
            _early = null;
        }
    }

    public void Stop(Action<T> callback)
    {
        lock (_lock)
        {
            _callback = callback;
            _early = null;
        }
    }
}
