using System.Globalization;

namespace Akka.Configuration.Hocon;

/// <summary>One value of a config. What it is decides the getter: a getter of another kind answers null, an empty list or an exception
/// of its parser.</summary>
public class HoconValue
{
    internal HoconValue(Edge.Hocon.HoconValue node) => Node = node;

    internal Edge.Hocon.HoconValue Node { get; }

    /// <summary>True for an object without fields.</summary>
    public bool IsEmpty => Node is Edge.Hocon.HoconObject { Fields.Count: 0 };

    public bool IsString() => Node is Edge.Hocon.HoconScalar;

    public bool IsObject() => Node is Edge.Hocon.HoconObject;

    /// <summary>False for an array without items, as in Akka.NET.</summary>
    public bool IsArray() => Node is Edge.Hocon.HoconArray { Items.Count: > 0 };

    /// <returns>Null when it is no object.</returns>
    public HoconObject GetObject() => Node is Edge.Hocon.HoconObject scope ? new HoconObject(scope) : null!;

    /// <returns>Null when it is no object or has no such key.</returns>
    public HoconValue GetChildObject(string key) =>
        Node is Edge.Hocon.HoconObject scope && scope.TryGet(key, out var child) ? new HoconValue(child) : null!;

    public IList<HoconValue> GetArray() =>
        Node is Edge.Hocon.HoconArray array ? [.. array.Items.Select(static item => new HoconValue(item))] : [];

    /// <returns>Null for the value null, an object and an array.</returns>
    public string GetString() => Node is Edge.Hocon.HoconScalar { IsNull: false } scalar ? scalar.Text.Trim() : null!;

    /// <exception cref="NotSupportedException">Neither on, off, true nor false.</exception>
    public bool GetBoolean() => GetString() switch
    {
        "on" or "true" => true,
        "off" or "false" => false,
        var text => throw new NotSupportedException($"Expected on, off, true or false instead of {text}"),
    };

    public int GetInt() => int.Parse(GetString(), NumberFormatInfo.InvariantInfo);

    public long GetLong() => long.Parse(GetString(), NumberFormatInfo.InvariantInfo);

    public float GetFloat() => float.Parse(GetString(), NumberFormatInfo.InvariantInfo);

    public double GetDouble() => double.Parse(GetString(), NumberFormatInfo.InvariantInfo);

    public IList<string> GetStringList() => [.. GetArray().Select(static item => item.GetString())];

    public IList<int> GetIntList() => [.. GetArray().Select(static item => item.GetInt())];

    /// <exception cref="FormatException">Negative, or not a duration.</exception>
    public TimeSpan GetTimeSpan(bool allowInfinite = true)
    {
        var text = GetString();
        if (allowInfinite && string.Equals(text, "infinite", StringComparison.OrdinalIgnoreCase))
            return Timeout.InfiniteTimeSpan;
        return Edge.Hocon.HoconDuration.Read(text, out var value) is Edge.Hocon.HoconUnitStatus.Ok or Edge.Hocon.HoconUnitStatus.NoUnit
            ? value
            : throw new FormatException($"Expected a duration that is not negative, such as 5s, instead of {text}");
    }

    /// <returns>Bytes; null for a value that is no text.</returns>
    /// <exception cref="FormatException">Not a size.</exception>
    public long? GetByteSize()
    {
        var text = GetString();
        if (string.IsNullOrEmpty(text))
            return null;
        return Edge.Hocon.HoconSize.Read(text, out var value) is Edge.Hocon.HoconUnitStatus.Ok or Edge.Hocon.HoconUnitStatus.NoUnit
            ? value
            : throw new FormatException($"Expected a size, such as 16KiB, instead of {text}");
    }

    public Config ToConfig() => new(new HoconRoot(this));

    /// <summary>A config whose only field is this value.</summary>
    public Config AtKey(string key)
    {
        var field = new Edge.Hocon.HoconField(key, Node, Node.Origin);
        return new HoconValue(new Edge.Hocon.HoconObject([field], Node.Origin)).ToConfig();
    }

    internal HoconValue WithFallback(HoconValue below) =>
        Node is Edge.Hocon.HoconObject mine && below.Node is Edge.Hocon.HoconObject theirs ? new HoconValue(mine.WithFallback(theirs)) : this;

    public override string ToString() => Node.Render();
}
