using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Enumerates anew in each stream, from the first pull on, one element ahead so that the end comes with the last element.</summary>
internal sealed class EnumerableSource<T>(Func<IEnumerator<T>> enumerate) : SourceStage<T>("enumerableSource")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, enumerate);

    private sealed class Logic(EnumerableSource<T> stage, Func<IEnumerator<T>> enumerate) : SourceLogic<T>(stage)
    {
        private IEnumerator<T>? _elements;

        public override void OnPull()
        {
            if (_elements is null)
            {
                _elements = enumerate();
                if (!_elements.MoveNext())
                {
                    CompleteStage();
                    return;
                }
            }
            Push(Out, _elements.Current);
            if (!_elements.MoveNext())
                CompleteStage();
        }

        public override void PostStop() => _elements?.Dispose();
    }
}
