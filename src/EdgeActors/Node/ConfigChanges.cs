using EdgeActors.Settings;

namespace EdgeActors.Node;

/// <summary>Differences between two configurations, as text for an operator. Pure.</summary>
public static class ConfigChanges
{
    /// <summary>Changes that are in force.</summary>
    public static IReadOnlyList<string> Between(EdgeSettings before, EdgeSettings next)
    {
        var changes = new List<string>();
        Listeners(before, next, changes);
        Routes("routes", before.Routes, next.Routes, changes);
        foreach (var listener in next.Listeners)
        {
            if (before.Listeners.FirstOrDefault(old => old.Name == listener.Name) is { } old)
                Routes($"routes of listener {listener.Name}", old.Routes ?? [], listener.Routes ?? [], changes);
        }
        foreach (var name in next.Backends.Keys.Order(StringComparer.Ordinal))
        {
            if (before.Backends.TryGetValue(name, out var old))
                Servers(old, next.Backends[name], changes);
            else
                changes.Add($"backend {name} is new");
        }
        changes.AddRange(before.Backends.Keys.Where(name => !next.Backends.ContainsKey(name)).Order(StringComparer.Ordinal)
            .Select(static name => $"backend {name} is gone, its connections go on"));
        var addresses = next.FloatingIp.Addresses;
        if (!before.FloatingIp.Addresses.SequenceEqual(addresses))
            changes.Add($"floating-ip.address is {(addresses.Count == 0 ? "empty" : string.Join(", ", addresses))} now");
        return changes;
    }

    /// <summary>Changed keys that <see cref="Between"/> does not report.</summary>
    public static IEnumerable<string> Of(IEnumerable<KeyChange> keys) =>
        keys.Where(IsUnreported).Select(static change => change.Effect switch
    {
        KeyEffect.Now => $"{change.Key} is {change.New} now",
        KeyEffect.NewConnections => $"{change.Key} is {change.New} for new connections",
        _ => $"{change.Key} has changed and takes effect after a restart (edge ctl restart)",
    });

    private static bool IsUnreported(KeyChange change) => change.Effect == KeyEffect.Restart
        || (change is { Old: not null, New: not null } && change.Key is not ("routes" or "floating-ip.address")
            && !change.Key.EndsWith(".bind", StringComparison.Ordinal) && !change.Key.EndsWith(".servers", StringComparison.Ordinal)
            && !change.Key.EndsWith(".routes", StringComparison.Ordinal));

    private static void Listeners(EdgeSettings before, EdgeSettings next, List<string> changes)
    {
        foreach (var listener in next.Listeners)
        {
            var binds = string.Join(", ", listener.Binds);
            if (before.Listeners.FirstOrDefault(old => old.Name == listener.Name) is not { } old)
                changes.Add($"listener {listener.Name} is new, on {binds}");
            else if (!old.Binds.SequenceEqual(listener.Binds))
                changes.Add($"listener {listener.Name} is on {binds} now");
        }
        changes.AddRange(before.Listeners.Where(old => next.Listeners.All(listener => listener.Name != old.Name))
            .Select(static old => $"listener {old.Name} is gone, its connections go on"));
    }

    private static void Routes(string of, IReadOnlyList<RouteSettings> before, IReadOnlyList<RouteSettings> next, List<string> changes)
    {
        var old = before.ToDictionary(static route => route.ServerName, StringComparer.Ordinal);
        int added = 0, changed = 0;
        foreach (var route in next)
        {
            if (!old.Remove(route.ServerName, out var was))
                added++;
            else if (was with { Protocols = route.Protocols } != route || !was.Protocols.SequenceEqual(route.Protocols))
                changed++;
        }
        if (added + changed + old.Count > 0)
            changes.Add($"{of}: {added} added, {old.Count} removed, {changed} changed");
    }

    private static void Servers(BackendSettings before, BackendSettings next, List<string> changes)
    {
        foreach (var server in next.Servers)
        {
            var name = $"server {next.Name}/{server.Name}";
            if (before.Servers.FirstOrDefault(old => old.Name == server.Name) is not { } old)
                changes.Add($"{name} is new");
            else if (!old.EndPoint.Equals(server.EndPoint))
                changes.Add($"{name} has moved to {server.Address}");
            else
                ServerKeys(name, old, server, changes);
        }
        changes.AddRange(before.Servers.Where(old => next.Servers.All(server => server.Name != old.Name))
            .Select(old => $"server {next.Name}/{old.Name} is gone, its connections go on"));
    }

    private static void ServerKeys(string name, ServerSettings before, ServerSettings next, List<string> changes)
    {
        if (before.AllAddresses != next.AllAddresses)
            changes.Add($"{name} has addresses = {(next.AllAddresses ? "all" : "first")} now");
        if (before with { AllAddresses = next.AllAddresses } != next)
            changes.Add($"{name} has another share or limit");
    }
}
