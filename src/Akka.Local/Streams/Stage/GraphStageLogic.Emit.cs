namespace Akka.Streams.Stage;

/// <summary>
/// Emitting: pushing without waiting for demand oneself. As long as something is left to emit, a handler of its own sits on the
/// outlet, and the stage's handler sees no pull.
/// </summary>
public abstract partial class GraphStageLogic
{
    public static readonly Action DoNothing = () => { };

    /// <summary>Pushes the element now, or as soon as there is demand and all that was emitted before is out.</summary>
    protected internal void Emit<T>(Outlet<T> outlet, T element) => Emit(outlet, element, DoNothing);

    /// <param name="andThen">Runs once the element has been pushed.</param>
    protected internal void Emit<T>(Outlet<T> outlet, T element, Action andThen)
    {
        if (IsAvailable(outlet) && GetHandler(outlet) is not Emission)
        {
            Push(outlet, element);
            andThen();
        }
        else
        {
            EmissionOf(outlet).Add(element, null, andThen);
        }
    }

    protected internal void EmitMultiple<T>(Outlet<T> outlet, IEnumerable<T> elements) => EmitMultiple(outlet, elements, DoNothing);

    protected internal void EmitMultiple<T>(Outlet<T> outlet, IEnumerable<T> elements, Action andThen) =>
        EmitMultiple(outlet, elements.GetEnumerator(), andThen);

    protected internal void EmitMultiple<T>(Outlet<T> outlet, IEnumerator<T> enumerator) =>
        EmitMultiple(outlet, enumerator, DoNothing);

    protected internal void EmitMultiple<T>(Outlet<T> outlet, IEnumerator<T> enumerator, Action andThen)
    {
        if (!enumerator.MoveNext())
        {
            andThen();
            return;
        }
        if (IsAvailable(outlet) && GetHandler(outlet) is not Emission)
        {
            Push(outlet, enumerator.Current);
            if (!enumerator.MoveNext())
            {
                andThen();
                return;
            }
        }
        EmissionOf(outlet).Add(enumerator.Current, enumerator, andThen);
    }

    /// <summary>Forgets what has not been pushed yet.</summary>
    protected internal void AbortEmitting<T>(Outlet<T> outlet)
    {
        if (GetHandler(outlet) is Emission emission)
            SetHandler(outlet, emission.Previous);
    }

    private Emission<T> EmissionOf<T>(Outlet<T> outlet)
    {
        var handler = GetHandler(outlet);
        if (handler is Emission<T> running) return running;
        var emission = new Emission<T>(this, outlet, handler);
        SetHandler(outlet, emission);
        return emission;
    }

    private abstract class Emission(IOutHandler previous) : OutHandler
    {
        public IOutHandler Previous { get; protected set; } = previous;

        protected bool Completes { get; set; }

        public void CompleteAfterwards() => Completes = true;

        public override void OnDownstreamFinish(Exception cause) => Previous.OnDownstreamFinish(cause);
    }

    private sealed class Emission<T>(GraphStageLogic logic, Outlet<T> outlet, IOutHandler previous) : Emission(previous)
    {
        private readonly Queue<(T Element, IEnumerator<T>? Others, Action AndThen)> _items = new();

        public void Add(T element, IEnumerator<T>? rest, Action andThen) => _items.Enqueue((element, rest, andThen));

        public override void OnPull()
        {
            var (element, rest, andThen) = _items.Peek();
            logic.Push(outlet, rest is null ? element : rest.Current);
            if (rest is not null && rest.MoveNext()) return;
            _items.Dequeue();
            logic.SetHandler(outlet, Previous);
            andThen();
            GoOn();
        }

        private void GoOn()
        {
            // What the last item's continuation emitted, if anything, is to come after what waits here.
            var handler = logic.GetHandler(outlet);
            var later = handler as Emission<T>;
            if (_items.Count == 0)
            {
                if (!Completes) return;
                if (later is null)
                    logic.Complete(outlet);
                else
                    later.CompleteAfterwards();
                return;
            }
            if (later is null)
            {
                Previous = handler;
            }
            else
            {
                Previous = later.Previous;
                Completes |= later.Completes;
                foreach (var item in later._items)
                    _items.Enqueue(item);
            }
            logic.SetHandler(outlet, this);
        }
    }
}
