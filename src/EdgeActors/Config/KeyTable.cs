using System.Reflection;

namespace EdgeActors.Config;

/// <summary>The keys of a section, from which its values, its unknown keys and its paths are found.</summary>
internal abstract class KeyTable(IReadOnlyList<Key> keys)
{
    public IReadOnlyList<Key> Keys { get; } = keys;

    /// <summary>As they stand in a section: those of inline tables among them.</summary>
    private IEnumerable<Key> Flat => Keys.SelectMany(static key => key.IsInline ? key.Below!.Flat : [key]);

    /// <param name="given">Properties that come from no key.</param>
    public object? Read(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given)
    {
        section.ReportUnknownKeys(
            [.. Flat.Where(static key => key.IsOwn).Select(static key => key.Name)],
            [.. Flat.Where(static key => !key.IsOwn).Select(static key => key.Name)]);
        return Bind(section, given);
    }

    /// <summary>As <see cref="Read"/>, for a section that has other keys, too.</summary>
    public abstract object? Bind(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given);

    /// <summary>Of every key that has a default, and of the sections that they stand in.</summary>
    public IEnumerable<string> Paths(string prefix = "") => Flat.Where(static key => !key.HasNoDefault)
        .SelectMany(key => key.Below?.Paths($"{prefix}{key.Name}.").Prepend(prefix + key.Name) ?? [prefix + key.Name]);
}

/// <summary>A section that has one key and is nothing but its value.</summary>
internal sealed class KeyAlone(Key key) : KeyTable([key])
{
    public override object? Bind(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given) =>
        Keys[0].Read(section);
}

/// <summary>A section that becomes a record: each value a parameter of its constructor, or a property.</summary>
internal sealed class KeyTable<T> : KeyTable
{
    private static readonly ConstructorInfo Constructor = typeof(T).GetConstructors().MaxBy(static c => c.GetParameters().Length)!;

    private static readonly string[] Parameters = [.. Constructor.GetParameters().Select(static parameter => parameter.Name!)];

    private static readonly PropertyInfo[] Properties = [.. typeof(T).GetProperties()
        .Where(static property => property.CanWrite && !Parameters.Contains(property.Name, StringComparer.OrdinalIgnoreCase))];

    public KeyTable(params Key[] keys)
        : base(keys)
    {
        var names = Parameters.Concat(Properties.Select(static property => property.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (Array.Find(keys, key => key.Property is { } property && !names.Contains(property)) is { } key)
            throw new InvalidOperationException($"{typeof(T).Name} has no property for the key {key.Name}.");
    }

    /// <summary>Checks what keys say together, and what becomes of the record; null where there were errors, or it is off.</summary>
    public Func<T, ConfigSection, object?>? Then { get; init; }

    public override object? Bind(ConfigSection section, params ReadOnlySpan<(string Property, object? Value)> given)
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (property, value) in given)
            values[property] = value;
        foreach (var key in Keys.Where(key => !(key.IsOwn && section.IsDefaults)))
        {
            var value = key.Read(section);
            if (key.Property is { } property)
                values[property] = value;
        }
        // A null stands for an error where the property takes none; what is read is then thrown away.
        var record = Constructor.Invoke([.. Parameters.Select(name => values.GetValueOrDefault(name))]);
        foreach (var property in Properties)
        {
            if (values.TryGetValue(property.Name, out var value))
                property.SetValue(record, value);
        }
        return Then is null ? record : Then((T)record, section);
    }
}
