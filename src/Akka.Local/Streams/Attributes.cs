using System.Text;

namespace Akka.Streams;

/// <summary>What a graph says about itself beside its shape; of several of one kind the last is the most specific.</summary>
public sealed class Attributes
{
    public static readonly Attributes None = new();

    private readonly IAttribute[] _attributes;

    public Attributes(params IAttribute[] attributes) => _attributes = attributes ?? [];

    public interface IAttribute;

    public interface IMandatoryAttribute : IAttribute;

    public IEnumerable<IAttribute> AttributeList => _attributes;

    public static Attributes CreateName(string name) =>
        string.IsNullOrEmpty(name) ? None : new Attributes(new Name(Uri.EscapeDataString(name)));

    /// <summary>Accepted for the API's sake: without asynchronous boundaries there is no input buffer to size.</summary>
    public static Attributes CreateInputBuffer(int initial, int max) => new(new InputBuffer(initial, max));

    public TAttr? GetAttribute<TAttr>() where TAttr : class, IAttribute
    {
        for (var i = _attributes.Length - 1; i >= 0; i--)
        {
            if (_attributes[i] is TAttr found) return found;
        }
        return null;
    }

    public TAttr GetAttribute<TAttr>(TAttr defaultIfNotFound) where TAttr : class, IAttribute =>
        GetAttribute<TAttr>() ?? defaultIfNotFound;

    public bool Contains<TAttr>(TAttr attribute) where TAttr : IAttribute => Array.IndexOf(_attributes, attribute) >= 0;

    public Attributes And(Attributes other)
    {
        if (_attributes.Length == 0) return other;
        return other._attributes.Length == 0 ? this : new Attributes([.. _attributes, .. other._attributes]);
    }

    public Attributes And(IAttribute other) => new([.. _attributes, other]);

    /// <summary>All names from the outermost to the innermost, joined by "-" and escaped so that they fit an actor path.</summary>
    public string GetNameOrDefault(string defaultIfNotFound = "unknown-operation")
    {
        var names = new StringBuilder();
        foreach (var attribute in _attributes)
        {
            if (attribute is not Name name) continue;
            if (names.Length != 0) names.Append('-');
            names.Append(Uri.EscapeDataString(name.Value));
        }
        return names.Length == 0 ? defaultIfNotFound : names.ToString();
    }

    public override string ToString() => $"Attributes({string.Join<IAttribute>(", ", _attributes)})";

    public sealed class Name : IAttribute, IEquatable<Name>
    {
        public readonly string Value;

        public Name(string value)
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            Value = value;
        }

        public bool Equals(Name? other) => other is not null && Value == other.Value;

        public override bool Equals(object? obj) => Equals(obj as Name);

        public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => $"Name({Value})";
    }

    public sealed class InputBuffer(int initial, int max) : IMandatoryAttribute, IEquatable<InputBuffer>
    {
        public readonly int Initial = initial;
        public readonly int Max = max;

        public bool Equals(InputBuffer? other) => other is not null && Initial == other.Initial && Max == other.Max;

        public override bool Equals(object? obj) => Equals(obj as InputBuffer);

        public override int GetHashCode() => HashCode.Combine(Initial, Max);

        public override string ToString() => $"InputBuffer(initial={Initial}, max={Max})";
    }
}
