using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class QueueSource<T>(int maxBuffer, OverflowStrategy overflow)
    : GraphStageWithMaterializedValue<SourceShape<T>, ISourceQueueWithComplete<T>>
{
    public Outlet<T> Out { get; } = new("queueSource.out");

    public override SourceShape<T> Shape => field ??= new SourceShape<T>(Out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("queueSource");

    public override ILogicAndMaterializedValue<ISourceQueueWithComplete<T>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new QueueSourceLogic<T>(this, maxBuffer, overflow);
        return new LogicAndMaterializedValue<ISourceQueueWithComplete<T>>(logic, new Queue(logic));
    }

    private sealed class Queue(QueueSourceLogic<T> logic) : ISourceQueueWithComplete<T>
    {
        public Task<IQueueOfferResult> OfferAsync(T element)
        {
            var offer = new QueueSourceLogic<T>.Offer(element);
            logic.Invoke(offer);
            return offer.Task;
        }

        public Task WatchCompletionAsync() => logic.Completion;

        public void Complete() => logic.Invoke(QueueSourceLogic<T>.Completed.Instance);

        public void Fail(Exception ex) => logic.Invoke(new QueueSourceLogic<T>.Failed(ex));
    }
}
