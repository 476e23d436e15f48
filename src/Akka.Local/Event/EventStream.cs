using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>
/// Publishes objects to the actors that subscribed to their class, a base class or an interface of it. Who gets a class is worked
/// out once and kept until subscriptions change.
/// </summary>
public class EventStream : LoggingBus
{
    public EventStream(bool debug)
    {
    }

    /// <returns>False when it had this very subscription.</returns>
    public override bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(channel);
        var added = base.Subscribe(subscriber, channel);

        // The subscriber takes itself out when it stops; it may have stopped before it could know.
        if (subscriber is LocalActorRef local && !local.RememberSubscription())
            Unsubscribe(subscriber);
        return added;
    }
}

public static class EventStreamExtensions
{
    public static bool Subscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) => eventStream.Subscribe(subscriber, typeof(TChannel));

    public static bool Unsubscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) => eventStream.Unsubscribe(subscriber, typeof(TChannel));
}

/// <summary>The subscriptions, and the loggers among the subscribers.</summary>
public partial class LoggingBus
{
    private readonly object _lock = new();
    private readonly Dictionary<Type, HashSet<IActorRef>> _subscriptions = [];
    private readonly ConcurrentDictionary<Type, IActorRef[]> _cache = new();

    public virtual bool Subscribe(IActorRef subscriber, Type channel)
    {
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(channel, out var subscribers))
                _subscriptions[channel] = subscribers = [];
            var added = subscribers.Add(subscriber);
            _cache.Clear();
            return added;
        }
    }

    public virtual bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        lock (_lock)
        {
            var removed = _subscriptions.TryGetValue(channel, out var subscribers) && subscribers.Remove(subscriber);
            _cache.Clear();
            return removed;
        }
    }

    public virtual bool Unsubscribe(IActorRef subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        lock (_lock)
        {
            var removed = false;
            foreach (var subscribers in _subscriptions.Values)
                removed |= subscribers.Remove(subscriber);
            _cache.Clear();
            return removed;
        }
    }

    public virtual void Publish(object @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var type = @event.GetType();
        if (!_cache.TryGetValue(type, out var subscribers))
            subscribers = Find(type);
        foreach (var subscriber in subscribers)
            subscriber.Tell(@event, ActorRefs.NoSender);
    }

    private IActorRef[] Find(Type type)
    {
        // Under the lock, so that what is kept can never be older than the last change.
        lock (_lock)
        {
            var found = new HashSet<IActorRef>();
            foreach (var (channel, subscribers) in _subscriptions)
            {
                if (channel.IsAssignableFrom(type))
                    found.UnionWith(subscribers);
            }

            IActorRef[] result = [.. found];
            _cache[type] = result;
            return result;
        }
    }
}
