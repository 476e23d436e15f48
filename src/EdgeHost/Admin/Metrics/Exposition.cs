using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using EdgeActors.Statistics;
using EdgeActors.Telemetry.Traffic;

namespace EdgeHost.Admin.Metrics;

/// <summary>Metrics as text, straight into the response: Prometheus' format 0.0.4, or OpenMetrics 1.0 (a counter's family without
/// <c>_total</c>, and an end marker).</summary>
internal sealed class Exposition(PipeWriter output, bool openMetrics)
{
    public const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const int FlushAt = 32 * 1024;
    private const string Total = "_total";

    private static readonly MetricLabels[] Buckets =
        [.. TimeHistogram.Bounds.Select(static bound => new MetricLabels("le", $"{bound:0.0####}")), new MetricLabels("le", "+Inf")];

    private byte[] _name = [];
    private int _unflushed;

    public async Task Write(MetricFamily family, MetricReading reading, CancellationToken cancel)
    {
        if (family.Read(reading) is not { } samples)
            return;
        Family(family.Name, family.Type, family.Help);
        foreach (var sample in samples)
        {
            Sample(sample.Labels is null ? default : sample.Labels.Text, sample.Value, sample.More is null ? default : sample.More.Text);
            await Flush(cancel);
        }
        if (family.Times is { } times)
            Histogram(times(reading.Node.State));
    }

    /// <param name="name">With <c>_total</c>, if it is a counter.</param>
    public void Family(string name, MetricType type, string help)
    {
        var family = openMetrics && type == MetricType.Counter ? name[..^Total.Length] : name;
        // In parts: a scrape is to allocate little.
        Write("# HELP ");
        Write(family);
        Write(" ");
        Write(help.Replace("\\", "\\\\", StringComparison.Ordinal));
        Write("\n# TYPE ");
        Write(family);
        Write(type switch { MetricType.Counter => " counter\n", MetricType.Gauge => " gauge\n", _ => " histogram\n" });
        _name = Encoding.UTF8.GetBytes(name);
    }

    /// <summary>One series of the family that was begun last.</summary>
    public void Sample(ReadOnlySpan<byte> labels, double value, ReadOnlySpan<byte> more = default, ReadOnlySpan<byte> suffix = default)
    {
        var room = output.GetSpan(_name.Length + labels.Length + more.Length + suffix.Length + 64);
        var at = 0;
        Append(room, ref at, _name);
        Append(room, ref at, suffix);
        if (labels.Length + more.Length > 0)
        {
            Append(room, ref at, "{"u8);
            Append(room, ref at, labels);
            if (labels.Length > 0 && more.Length > 0)
                Append(room, ref at, ","u8);
            Append(room, ref at, more);
            Append(room, ref at, "}"u8);
        }
        Append(room, ref at, " "u8);
        // Nearly all are whole numbers, which are much sooner written as such.
        var whole = (long)value;
        _ = whole == value
            ? Utf8Formatter.TryFormat(whole, room[at..], out var written)
            : value.TryFormat(room[at..], out written, default, CultureInfo.InvariantCulture);
        at += written;
        Append(room, ref at, "\n"u8);
        Advance(at);
    }

    private void Histogram(TimeHistogram times)
    {
        var count = 0L;
        for (var i = 0; i < Buckets.Length; i++)
        {
            count += times.In(i);
            Sample(default, count, Buckets[i].Text, "_bucket"u8);
        }
        Sample(default, times.Sum.TotalSeconds, suffix: "_sum"u8);
        Sample(default, count, suffix: "_count"u8);
    }

    /// <summary>Called now and then: flushes once much is buffered.</summary>
    private ValueTask<FlushResult> Flush(CancellationToken cancel)
    {
        if (_unflushed < FlushAt)
            return ValueTask.FromResult(default(FlushResult));
        _unflushed = 0;
        return output.FlushAsync(cancel);
    }

    public void End()
    {
        if (openMetrics)
            Write("# EOF\n");
    }

    private static void Append(Span<byte> room, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(room[at..]);
        at += bytes.Length;
    }

    private void Write(string text)
    {
        var room = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Advance(Encoding.UTF8.GetBytes(text, room));
    }

    private void Advance(int bytes)
    {
        output.Advance(bytes);
        _unflushed += bytes;
    }
}
