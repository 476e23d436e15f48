using EdgeActors.Transport;

namespace EdgeActors;

/// <summary>What statistics read of a node.</summary>
public sealed partial class EdgeNode
{
    /// <summary>How often accepting stopped for lack of something, or at the limit of connections.</summary>
    public long AcceptPauses => Meters.AcceptPausesTotal + Gate.Pauses;

    /// <summary>What moves the bytes.</summary>
    public ITransport Transport => _transport;

    /// <summary>Backends that a route or a policy of a listener leads to, by name.</summary>
    public IReadOnlyCollection<string> RoutedBackends
    {
        get
        {
            var settings = Settings;
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var route in settings.Routes)
                names.UnionWith(route.Protocols.Select(static protocol => protocol.Backend).Append(route.Backend).OfType<string>());
            foreach (var listener in settings.Listeners)
            {
                string?[] policies = [listener.Refusals.NoSni.Backend, listener.Refusals.UnknownSni.Backend, listener.Refusals.NotTls.Backend];
                names.UnionWith(policies.OfType<string>());
            }
            return names;
        }
    }
}
