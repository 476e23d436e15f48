using System.Collections.Frozen;
using EdgeActors.Config;
using EdgeActors.Route;
using EdgeActors.Transport;

namespace EdgeActors.Health;

/// <summary>What connections report of their servers, on the path of every one of them: a look-up, no message, no allocation.</summary>
public sealed class ConnectObserver
{
    private readonly FrozenDictionary<string, ConnectErrors?[]> _errors;

    private ConnectObserver(IEnumerable<ProbeTarget> targets) => _errors = targets
        .GroupBy(target => target.Backend, StringComparer.Ordinal)
        .ToFrozenDictionary(pool => pool.Key, ByIndex, StringComparer.Ordinal);

    /// <returns>Null where no backend wants its connections counted.</returns>
    public static ConnectObserver? Of(IEnumerable<ProbeTarget> targets)
    {
        ProbeTarget[] observed = [.. targets.Where(target => target.Settings.Observe == Observe.Connect)];
        return observed.Length == 0 ? null : new ConnectObserver(observed);
    }

    public void Taken(RouteTo to) => Find(to)?.Taken();

    public void NotTaken(RouteTo to, ConnectFailure failure) => Find(to)?.NotTaken(failure);

    private ConnectErrors? Find(RouteTo to) =>
        _errors.TryGetValue(to.Backend.Name, out var pool) && to.Server.Index < pool.Length ? pool[to.Server.Index] : null;

    private static ConnectErrors?[] ByIndex(IEnumerable<ProbeTarget> pool)
    {
        var errors = new ConnectErrors?[BackendPool.MaxServers];
        foreach (var target in pool)
            errors[target.Server.Index] = target.Errors;
        return errors;
    }
}
