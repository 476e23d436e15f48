namespace Akka.Configuration.Hocon;

/// <summary>The fields of an object.</summary>
public class HoconObject
{
    private readonly Edge.Hocon.HoconObject _node;

    internal HoconObject(Edge.Hocon.HoconObject node)
    {
        _node = node;
        Items = new Dictionary<string, HoconValue>(node.Fields.Count, StringComparer.Ordinal);
        foreach (var field in node.Fields)
            Items.Add(field.Key, new HoconValue(field.Value));
    }

    /// <summary>A copy: changing it changes no config.</summary>
    public Dictionary<string, HoconValue> Items { get; }

    /// <returns>Null when there is no such key.</returns>
    public HoconValue GetKey(string key) => Items.GetValueOrDefault(key)!;

    public override string ToString() => _node.Render();
}
