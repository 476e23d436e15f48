using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace EdgeActors.Connection;

/// <summary>The mailbox of a connection's actor: empty most of the time. Akka's default allocates space for 32 envelopes per actor, 1.1
/// kB.</summary>
public sealed class ConnectionMailbox(Akka.Actor.Settings settings, Akka.Configuration.Config config)
    : MailboxType(settings, config), IProducesMessageQueue<ConnectionMailbox.Queue>
{
    private const string Id = "edge-connection-mailbox";

    /// <summary>Makes the mailbox known to a system.</summary>
    /// <returns>Its id.</returns>
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicConstructors, typeof(ConnectionMailbox))]
    public static string AddTo(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        var hocon = $"{Id} {{ mailbox-type = \"{typeof(ConnectionMailbox).AssemblyQualifiedName}\" }}";
        system.Settings.InjectTopLevelFallback(Akka.Configuration.ConfigurationFactory.ParseString(hocon));
        return Id;
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue();

    /// <summary>Any number of senders, one reader: Vyukov's linked queue. A message that is being added may not be seen yet; its sender
    /// then schedules the actor.</summary>
    public sealed class Queue : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        /// <summary>The node whose message was taken last.</summary>
        private Node _head;
        private Node _tail;

        public Queue() => _head = _tail = new Node();

        /// <summary>Another thread may see false while a message is read; the reader looks again when it has finished.</summary>
        public bool HasMessages => Volatile.Read(ref _head.Next) is not null;

        /// <summary>For reports; may be too low during a read.</summary>
        public int Count
        {
            get
            {
                var count = 0;
                for (var node = Volatile.Read(ref _head); Volatile.Read(ref node.Next) is { } next; node = next)
                    count++;
                return count;
            }
        }

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            var node = new Node { Message = envelope };
            // A full fence: the sender then reads the mailbox's status, and must not miss that its reader has stopped.
            Interlocked.Exchange(ref Interlocked.Exchange(ref _tail, node).Next, node);
        }

        public bool TryDequeue(out Envelope envelope)
        {
            if (Volatile.Read(ref _head.Next) is not { } next)
            {
                envelope = default;
                return false;
            }
            envelope = next.Message;
            next.Message = default;
            var read = _head;
            _head = next;
            // A node promoted to an older generation would keep all later nodes.
            read.Next = null;
            return true;
        }

        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
            while (TryDequeue(out var envelope))
                deadletters.Enqueue(owner, envelope);
        }

        private sealed class Node
        {
            public Envelope Message;
            public Node? Next;
        }
    }
}
