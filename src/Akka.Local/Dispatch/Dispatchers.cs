using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>The dispatchers that the configuration describes, made when first looked up.</summary>
public sealed class Dispatchers
{
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";

    public const string InternalDispatcherId = "akka.actor.internal-dispatcher";

    private const int MaxAliasDepth = 20;

    private readonly ConcurrentDictionary<string, Func<MessageDispatcher>> _dispatchers = new();
    private readonly Settings _settings;

    internal Dispatchers(IDispatcherPrerequisites prerequisites)
    {
        Prerequisites = prerequisites;
        _settings = prerequisites.Settings;
        DefaultGlobalDispatcher = Lookup(DefaultDispatcherId);
    }

    public MessageDispatcher DefaultGlobalDispatcher { get; }

    public IDispatcherPrerequisites Prerequisites { get; }

    public Config DefaultDispatcherConfig => _settings.Config.GetConfig(DefaultDispatcherId);

    /// <exception cref="ConfigurationException">Nothing is configured under that id, or its type is not known.</exception>
    public MessageDispatcher Lookup(string dispatcherName)
    {
        if (string.IsNullOrEmpty(dispatcherName))
            return DefaultGlobalDispatcher;
        return _dispatchers.TryGetValue(dispatcherName, out var known)
            ? known()
            : _dispatchers.GetOrAdd(dispatcherName, Configure(dispatcherName, 0))();
    }

    public bool HasDispatcher(string id) => _dispatchers.ContainsKey(id) || _settings.Config.HasPath(id);

    /// <summary>Adds a dispatcher that the configuration does not describe.</summary>
    /// <returns>False when there is one of that id already, which stays.</returns>
    public bool RegisterConfigurator(string id, MessageDispatcherConfigurator configurator) =>
        _dispatchers.TryAdd(id, configurator.Dispatcher);

    private Func<MessageDispatcher> Configure(string id, int depth)
    {
        if (depth > MaxAliasDepth)
            throw new ConfigurationException($"Dispatcher [{id}] is an alias of an alias of itself.");
        if (!_settings.Config.HasPath(id))
            throw new ConfigurationException($"Dispatcher [{id}] not configured.");
        if (AliasTarget(id) is { } target)
            return Configure(target, depth + 1);

        var config = _settings.Config.GetConfig(id).WithFallback(DefaultDispatcherConfig);
        var throughput = config.GetInt("throughput", MessageDispatcher.DefaultThroughput);
        var deadline = config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero);
        long? deadlineTime = deadline > TimeSpan.Zero ? deadline.Ticks : null;
        var type = config.GetString("type", "Dispatcher");
        switch (type)
        {
            case "Dispatcher" or "ThreadPoolDispatcher" or "TaskDispatcher" or "ForkJoinDispatcher":
                var dispatcher = new Dispatcher(id, throughput, deadlineTime);
                return () => dispatcher;
            case "PinnedDispatcher":
                var timeout = config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1));
                return () => new PinnedDispatcher(id, throughput, deadlineTime, timeout);
            default:
                throw new ConfigurationException($"Could not resolve dispatcher type [{type}] for path [{id}].");
        }
    }

    /// <summary>A string in place of a section names another dispatcher.</summary>
    private string? AliasTarget(string id) =>
        _settings.Config.GetConfig(id).IsNullOrEmpty() ? _settings.Config.GetString(id) : null;
}
