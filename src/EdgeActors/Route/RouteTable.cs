using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace EdgeActors.Route;

/// <summary>
/// Which backend serves which name: an immutable snapshot, replaced whole. Its generation tells an operator under which routes a
/// connection was made.
/// </summary>
public sealed class RouteTable
{
    private readonly FrozenDictionary<string, string> _exact;

    /// <param name="generation">Higher than that of the table it replaces.</param>
    /// <param name="routes">Server name, in its one spelling (lower case, no trailing dot), to the name of the backend.</param>
    /// <exception cref="ArgumentException">A server name comes twice.</exception>
    public RouteTable(long generation, IEnumerable<KeyValuePair<string, string>> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Generation = generation;
        // By way of a dictionary, which refuses a name that comes twice; a frozen one would keep the last.
        var exact = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (serverName, backend) in routes)
            exact.Add(serverName, backend);
        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Routes nothing.</summary>
    public static RouteTable Empty { get; } = new(0, []);

    /// <summary>Which snapshot this is.</summary>
    public long Generation { get; }

    /// <summary>Names that are routed.</summary>
    public int Count => _exact.Count;

    /// <summary>Every route, in no particular order.</summary>
    public IEnumerable<KeyValuePair<string, string>> Routes => _exact;

    /// <summary>Finds the backend of a server name, given in its one spelling.</summary>
    public bool TryFind(string serverName, [NotNullWhen(true)] out string? backend) => _exact.TryGetValue(serverName, out backend);
}
