namespace Edge.Hocon;

/// <summary>A node of a resolved tree. Immutable; substitutions share nodes, so one may hang in several places.</summary>
public abstract class HoconValue
{
    private protected HoconValue(HoconOrigin origin, int depth, long weight)
    {
        Origin = origin;
        Depth = depth;
        Weight = weight;
    }

    public HoconOrigin Origin { get; }

    /// <summary>Levels below and including this one.</summary>
    internal int Depth { get; }

    /// <summary>Size when written out in full: shared nodes count each time. Saturates.</summary>
    internal long Weight { get; }

    /// <summary>HOCON text that reads back as this value.</summary>
    public string Render() => HoconRenderer.Render(this);

    public override string ToString() => Render();
}

/// <summary>A string, number, boolean or null; which of them, the reader of the value decides by asking.</summary>
public sealed class HoconScalar(string text, bool quoted, HoconOrigin origin) : HoconValue(origin, 1, text.Length + 1L)
{
    public string Text { get; } = text;

    /// <summary>Some of it was in quotes, so it is a string whatever it looks like.</summary>
    public bool Quoted { get; } = quoted;

    public bool IsNull => !Quoted && Text == "null";
}

public sealed class HoconArray : HoconValue
{
    public HoconArray(IReadOnlyList<HoconValue> items, HoconOrigin origin)
        : base(origin, DepthOf(items), WeightOf(items)) => Items = items;

    public IReadOnlyList<HoconValue> Items { get; }

    private static int DepthOf(IReadOnlyList<HoconValue> items)
    {
        var depth = 0;
        foreach (var item in items)
            depth = Math.Max(depth, item.Depth);
        return depth + 1;
    }

    private static long WeightOf(IReadOnlyList<HoconValue> items)
    {
        var weight = 1L;
        foreach (var item in items)
            weight = Math.Min(weight + item.Weight, int.MaxValue);
        return weight;
    }
}
