namespace Akka.Dispatch;

// Every mailbox of this runtime is an unbounded one that can also take messages back at its front, which is the most that any of
// these markers asks for. They are here so that actors written with them compile.
public interface ISemantics;

public interface IUnboundedMessageQueueSemantics : ISemantics;

public interface IBoundedMessageQueueSemantics : ISemantics;

public interface IDequeBasedMessageQueueSemantics : ISemantics;

public interface IUnboundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics;

public interface IBoundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IBoundedMessageQueueSemantics;

public interface IRequiresMessageQueue<T>
    where T : ISemantics;
