using System.Globalization;
using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>A value of the configuration, and its path.</summary>
internal readonly record struct ConfigValue(ConfigReading Reading, HoconValue Value, string Path)
{
    /// <summary>Null where it is a list, a section or null.</summary>
    public string? Text => Value is HoconScalar { IsNull: false } scalar ? scalar.Text : null;

    public bool IsOff => Text is "off" or "false";

    /// <summary>Those of a list. Another value stands for a list of itself.</summary>
    public IReadOnlyList<ConfigValue> Items
    {
        get
        {
            var (reading, path) = (Reading, Path);
            return Value is HoconArray list ? [.. list.Items.Select(item => new ConfigValue(reading, item, path))] : [this];
        }
    }

    /// <summary>The value of a field of this section.</summary>
    public ConfigValue Below(HoconField field) => new(Reading, field.Value, $"{Path}.{HoconReader.JoinPath(field.Key)}");

    /// <summary>The words of a list; as text, which an environment variable is, they have commas between them.</summary>
    /// <param name="expected">For what is no text.</param>
    public IEnumerable<(string Word, ConfigValue At)> Words(string expected)
    {
        foreach (var item in Items)
        {
            if (item.Text is null)
                item.Fail($"{item.Shown} {expected}");
            foreach (var word in item.Text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
                yield return (word, item);
        }
    }

    /// <summary>In a message: short, and on one line.</summary>
    public string Shown => Text is { } text
        ? $"'{(text.Length <= 80 ? text : text[..77] + "...").ReplaceLineEndings(" ")}'"
        : HoconKind.Of(Value);

    /// <summary>A duration in a message, as it could stand in the file.</summary>
    public static string Show(TimeSpan duration) => duration.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");

    /// <returns>Null, in place of the value.</returns>
    public object? Fail(string message)
    {
        Reading.Report(Value.Origin, Path, message);
        return null;
    }

    /// <summary>An address to listen on.</summary>
    /// <param name="example">Such an address, and what else may stand here.</param>
    public BindSettings? Bind(string example)
    {
        BindSettings? bind = null;
        if (Text is not { } text)
            Fail($"{Shown} where an address is expected, such as {example}");
        else if (!Addresses.TryReadBind(text, out bind, out var error))
            Fail(error);
        return bind;
    }

    /// <summary>An address or a host name, with a port.</summary>
    public EndPoint? Server(string example)
    {
        EndPoint? server = null;
        if (Text is not { } text)
            Fail($"{Shown} where an address is expected, such as {example}");
        else if (!Addresses.TryReadServer(text, out server, out var error))
            Fail(error);
        return server;
    }
}
