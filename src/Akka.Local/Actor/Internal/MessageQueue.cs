namespace Akka.Actor.Internal;

/// <summary>
/// Messages of many senders for one receiver, as a linked list: a sender swaps itself in as the last node and then links the one before to it.
/// Nodes go round through a small store of each thread, so an actor that is answered on its own thread allocates nothing.
/// </summary>
internal struct MessageQueue
{
    private Node _head;
    private Node _tail;

    internal static MessageQueue Create()
    {
        var stub = NodeStore.Rent();
        return new MessageQueue { _head = stub, _tail = stub };
    }

    /// <summary>Also true while a sender is between its two steps, when <see cref="TryDequeue"/> may not get the message yet.</summary>
    internal readonly bool HasMessages => !ReferenceEquals(Volatile.Read(in _tail), _head);

    /// <summary>Is a full fence: what the sender reads afterwards is no older than its message.</summary>
    internal void Enqueue(object message, IActorRef? sender)
    {
        var node = NodeStore.Rent();
        node.Message = message;
        node.Sender = sender;
        var before = Interlocked.Exchange(ref _tail, node);
        Volatile.Write(ref before.Next, node);
    }

    internal bool TryDequeue(out object message, out IActorRef? sender)
    {
        var head = _head;
        var next = Volatile.Read(ref head.Next) ?? AwaitLink(head);
        if (next is null)
        {
            message = null!;
            sender = null;
            return false;
        }

        message = next.Message!;
        sender = next.Sender;
        next.Message = null;
        next.Sender = null;
        _head = next;

        // Cut off, or an old node would keep all later ones alive through its link until the next full collection.
        head.Next = null;
        NodeStore.Return(head);
        return true;
    }

    /// <summary>For statistics: walks the list, so it is a guess while senders are busy. Nodes that go round meanwhile could lead it elsewhere,
    /// hence the bound.</summary>
    internal readonly int Count()
    {
        const int Most = 1_000_000;
        var count = 0;
        for (var node = Volatile.Read(ref _head.Next); node is not null && count < Most; node = Volatile.Read(ref node.Next))
            count++;
        return count;
    }

    private readonly Node? AwaitLink(Node head)
    {
        if (!HasMessages)
            return null;
        var spin = default(SpinWait);
        while (!spin.NextSpinWillYield)
        {
            spin.SpinOnce();
            if (Volatile.Read(ref head.Next) is { } next)
                return next;
        }

        return null;
    }

    private sealed class Node
    {
        internal object? Message;
        internal IActorRef? Sender;
        internal Node? Next;
    }

    private static class NodeStore
    {
        private const int Most = 256;

        [ThreadStatic]
        private static Node? t_first;

        [ThreadStatic]
        private static int t_count;

        internal static Node Rent()
        {
            var node = t_first;
            if (node is null)
                return new Node();
            t_first = node.Next;
            t_count--;
            node.Next = null;
            return node;
        }

        internal static void Return(Node node)
        {
            if (t_count >= Most)
                return;
            node.Next = t_first;
            t_first = node;
            t_count++;
        }
    }
}
