using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Operator.Reports;

/// <summary>Which route takes a name, told with its reason. It must come to what <see cref="RouteTable.TryFind"/> comes to, faster.</summary>
/// <param name="Rule">Null: there is none for this name.</param>
/// <param name="Match">Why this rule and none of the others.</param>
/// <param name="Protocol">That has decided, of those that the client offers; null: none did.</param>
/// <param name="Backend">Null: the name counts as unknown.</param>
internal sealed record RouteChoice(RouteSettings? Rule, string Match, string? Protocol, string? Backend)
{
    public static RouteChoice Of(RouteTable table, string name, IReadOnlyList<string> protocols)
    {
        var (rule, match) = Find(table, name);
        if (rule is null)
            return new RouteChoice(null, match, null, null);
        foreach (var offered in protocols)
        {
            if (rule.Protocols.FirstOrDefault(route => route.Protocol == offered) is { } route)
                return new RouteChoice(rule, match, offered, route.Backend);
        }
        return new RouteChoice(
            rule, rule.Backend is null ? $"{match}, but it has no backend for these protocols, nor one for all others" : match, null, rule.Backend);
    }

    private static (RouteSettings? Rule, string Match) Find(RouteTable table, string name)
    {
        if (table.Routes.FirstOrDefault(route => route.ServerName == name) is { } own)
            return (own, "exact: the name has a route of its own");
        var below = table.Routes
            .Where(route => route.ServerName.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal)
                && name.EndsWith(route.ServerName[1..], StringComparison.Ordinal))
            .MaxBy(static route => route.ServerName.Length);
        if (below is not null)
            return (below, "suffix: of the names that it is below, this is the longest with a route");
        return table.Routes.FirstOrDefault(static route => route.ServerName == RouteSettings.AnyName) is { } other
            ? (other, "default: no other route takes it")
            : (null, "none: neither the name nor one above it has a route, and there is no default");
    }
}
