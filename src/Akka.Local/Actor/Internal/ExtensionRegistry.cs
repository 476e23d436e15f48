using System.Collections.Concurrent;

namespace Akka.Actor.Internal;

/// <summary>The extensions of one system, each made once, even if many threads ask for it first.</summary>
internal sealed class ExtensionRegistry(ExtendedActorSystem system)
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();

    internal object Register(IExtensionId id)
    {
        var entry = _extensions.GetOrAdd(id.ExtensionType, static (_, s) => new Lazy<object>(() => s.id.CreateExtension(s.system)), (id, system));
        try
        {
            return entry.Value;
        }
        catch
        {
            // It can be tried again.
            _extensions.TryRemove(new KeyValuePair<Type, Lazy<object>>(id.ExtensionType, entry));
            throw;
        }
    }

    internal object Get(Type type, IExtensionId? id)
    {
        if (_extensions.TryGetValue(type, out var entry))
            return entry.Value;
        return id is null
            ? throw new InvalidOperationException($"No extension of type {type} is registered.")
            : Register(id);
    }

    internal bool Has(Type type) => _extensions.ContainsKey(type);

    internal bool TryGet(Type type, out object extension)
    {
        var found = _extensions.TryGetValue(type, out var entry);
        extension = found ? entry!.Value : null!;
        return found;
    }
}
