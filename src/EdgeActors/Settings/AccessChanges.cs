namespace EdgeActors.Settings;

/// <summary>Flattens nested networks into the addresses at which the answer changes.</summary>
internal sealed class AccessChanges
{
    private readonly Stack<(UInt128 Last, bool Denies)> _open = new();
    private readonly List<(UInt128 At, bool Denies)> _answers = [];

    private AccessChanges(bool deniesUnlisted) => _open.Push((UInt128.MaxValue, deniesUnlisted));

    /// <returns>Each address from which on the answer is the other one, the lowest first; before it, it is that for unlisted addresses.</returns>
    public static List<UInt128> Of(IEnumerable<AccessRule> rules, bool deniesUnlisted)
    {
        var changes = new AccessChanges(deniesUnlisted);
        // A network before those within it, so that each is entered while the one around it is open.
        foreach (var rule in rules.OrderBy(static rule => rule.Network.First.Bits).ThenBy(static rule => rule.Network.Bits))
            changes.Enter(rule);
        changes.LeaveBefore(UInt128.MaxValue);
        return changes.Flips(deniesUnlisted);
    }

    private void Enter(in AccessRule rule)
    {
        var first = rule.Network.First.Bits;
        LeaveBefore(first);
        _open.Push((rule.Network.Last, rule.Denies));
        Answer(first, rule.Denies);
    }

    // Behind the last address of a network the one around it has its say again.
    private void LeaveBefore(UInt128 address)
    {
        while (_open.Peek().Last < address)
        {
            var last = _open.Pop().Last;
            Answer(last + 1, _open.Peek().Denies);
        }
    }

    private void Answer(UInt128 at, bool denies)
    {
        if (_answers.Count > 0 && _answers[^1].At == at)
            _answers[^1] = (at, denies);
        else
            _answers.Add((at, denies));
    }

    private List<UInt128> Flips(bool before)
    {
        var flips = new List<UInt128>(_answers.Count);
        foreach (var (at, denies) in _answers)
        {
            if (denies == before)
                continue;
            before = denies;
            flips.Add(at);
        }
        return flips;
    }
}
