using System.Globalization;
using Edge.Hocon;
using EdgeActors.Admit;

namespace EdgeActors.Config;

/// <summary>The networks of one listener as they are gathered, and the mistakes in them: of each list or file the first ones, then how many
/// more there are.</summary>
internal sealed class AccessRules(ConfigReading reading)
{
    /// <summary>32 MB of changes at most.</summary>
    private const int MaxNetworks = 1_000_000;

    private readonly Dictionary<Cidr, (bool Denies, HoconOrigin At)> _rules = [];
    private int _told;
    private int _more;
    private (HoconOrigin At, string Path) _firstMore;

    public IReadOnlyCollection<AccessRule> All => [.. _rules.Select(static rule => new AccessRule(rule.Key, rule.Value.Denies))];

    /// <summary>A list or file begins.</summary>
    public void Begin() => (_told, _more) = (0, 0);

    public void Add(Cidr network, bool denies, HoconOrigin at, string path)
    {
        if (_rules.TryGetValue(network, out var other))
        {
            if (other.Denies != denies)
                Report(at, path, $"{network} is {(other.Denies ? "denied" : "allowed")} in {other.At}, too; expected it in one of the lists");
        }
        else if (_rules.Count == MaxNetworks)
        {
            Report(at, path, $"there are more than {MaxNetworks} networks; expected fewer or larger ones");
        }
        else
        {
            _rules.Add(network, (denies, at));
        }
    }

    public void Report(HoconOrigin at, string path, string message)
    {
        if (_told < AccessFile.MaxMistakes)
        {
            _told++;
            reading.Report(at, path, message);
        }
        else
        {
            ReportMore(at, path, 1);
        }
    }

    public void ReportMore(HoconOrigin first, string path, int count)
    {
        if (count > 0 && _more == 0)
            _firstMore = (first, path);
        _more += count;
    }

    /// <summary>The list or file ends.</summary>
    public void End()
    {
        if (_more > 0)
            reading.Report(_firstMore.At, _firstMore.Path, string.Create(CultureInfo.InvariantCulture, $"and {_more} more mistakes from here on"));
    }
}
