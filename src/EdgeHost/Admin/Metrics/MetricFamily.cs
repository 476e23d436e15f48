using System.Buffers;
using System.Text.Unicode;
using EdgeActors;
using EdgeActors.Node;
using EdgeActors.Statistics;
using EdgeActors.Telemetry.Traffic;

namespace EdgeHost.Admin.Metrics;

/// <summary>One metric. Prometheus' page and the OTLP export are two renderings of the same list of families.</summary>
/// <param name="Name">With <c>_total</c>, if it is a counter.</param>
/// <param name="Read">Null: this node has no such metric.</param>
/// <param name="Times">Of a histogram alone, which has no samples.</param>
internal sealed record MetricFamily(
    string Name, MetricType Type, string Help,
    Func<MetricReading, IEnumerable<MetricSample>?> Read, Func<NodeState, TimeHistogram>? Times = null)
{
    /// <summary>One figure of the node; not a number where this system does not tell it.</summary>
    public static MetricFamily Of(string name, MetricType type, string help, Func<NodeState, double> get) =>
        new(name, type, help, reading =>
            get(reading.Node.State) is var value && !double.IsNaN(value) ? [new MetricSample(value)] : null);

    /// <summary>One figure of each row of a kind; rows for which it is not a number have none.</summary>
    public static MetricFamily Of(string name, StatRowKind kind, MetricType type, string help, Func<StatRow, double> get) =>
        new(name, type, help, reading => reading.Each(kind, get, static row => row.Edge));

    public static MetricFamily Of(string name, string help, Func<NodeState, TimeHistogram> get) =>
        new(name, MetricType.Histogram, help, static _ => [], get);
}

/// <param name="More">Labels that come behind <paramref name="Labels"/>.</param>
internal readonly record struct MetricSample(double Value, MetricLabels? Labels = null, MetricLabels? More = null);

/// <summary>One or two labels of a series, in both renderings. Fields and no list: a scrape makes two of these for each server.</summary>
internal sealed class MetricLabels(string name, string value, string? name2 = null, string value2 = "")
{
    private byte[]? _text;

    /// <summary>As <c>proxy="web",server="s1"</c>.</summary>
    public ReadOnlySpan<byte> Text => _text ??= Write();

    public IEnumerable<KeyValuePair<string, object?>> Tags => name2 is null ? [new(name, value)] : [new(name, value), new(name2, value2)];

    /// <summary>Straight into UTF-8: a scrape writes thousands of labels. A character has 3 bytes at most, and an escape doubles
    /// it.</summary>
    private byte[] Write()
    {
        var text = ArrayPool<byte>.Shared.Rent(16 + 6 * (name.Length + value.Length + (name2?.Length ?? 0) + value2.Length));
        Utf8.TryWrite(text, $"{name}=\"{Escape(value)}\"", out var length);
        if (name2 is not null)
        {
            Utf8.TryWrite(text.AsSpan(length), $",{name2}=\"{Escape(value2)}\"", out var second);
            length += second;
        }
        var labels = text.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(text);
        return labels;
    }

    private static string Escape(string value) => value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
        ? value
        : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>A node at one moment: what all families of one scrape or export are read from.</summary>
internal sealed class MetricReading(EdgeNode node)
{
    public EdgeNode Node => node;

    public IReadOnlyList<MetricRow> Rows { get; } = [.. StatRows.Read(node.State).Select(MetricRow.Of)];

    /// <summary>A sample of each row of a kind for which there is a number.</summary>
    public IEnumerable<MetricSample> Each(StatRowKind kind, Func<StatRow, double> get, Func<MetricRow, MetricLabels> labels)
    {
        foreach (var row in Rows)
        {
            if (row.Row.Kind == kind && get(row.Row) is var value && !double.IsNaN(value))
                yield return new MetricSample(value, labels(row));
        }
    }

    /// <summary>The same for each of several further labels, by their index.</summary>
    public IEnumerable<MetricSample> Each(
        StatRowKind kind, MetricLabels[] more, Func<StatRow, int, double> get, Func<MetricRow, MetricLabels> labels)
    {
        foreach (var row in Rows)
        {
            for (var i = 0; i < more.Length && row.Row.Kind == kind; i++)
            {
                if (get(row.Row, i) is var value && !double.IsNaN(value))
                    yield return new MetricSample(value, labels(row), more[i]);
            }
        }
    }
}

/// <summary>A row of statistics with its labels in both spellings.</summary>
internal readonly record struct MetricRow(StatRow Row, MetricLabels Haproxy, MetricLabels Edge)
{
    public static MetricRow Of(StatRow row) => row.Kind == StatRowKind.Server
        ? new(row, new("proxy", row.Proxy, "server", row.Name), new("backend", row.Proxy, "server", row.Name))
        : new(row, new("proxy", row.Proxy), new(row.Kind == StatRowKind.Backend ? "backend" : "listener", row.Proxy));
}
