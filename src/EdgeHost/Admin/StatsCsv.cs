using System.Buffers;
using System.Globalization;
using System.Text;
using EdgeActors;
using EdgeActors.Statistics;

namespace EdgeHost.Admin;

/// <summary><c>/stats;csv</c>: HAProxy's columns in its order, so that what reads HAProxy's reads this.</summary>
internal static class StatsCsv
{
    public static ReadOnlyMemory<byte> Write(EdgeNode node) => Write(StatRows.Read(node.State));

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<StatRow> rows)
    {
        var text = new StringBuilder("# ");
        foreach (var field in StatFields.All)
            text.Append(field.Column).Append(',');
        text.Append('\n');
        foreach (var row in rows)
        {
            foreach (var field in StatFields.All)
            {
                var value = field.Of(row);
                if (value.IsNumber)
                    text.Append(CultureInfo.InvariantCulture, $"{value.Number}");
                else
                    Append(text, value.Text);
                text.Append(',');
            }
            text.Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>In quotes where it has to be (RFC 4180).</summary>
    private static void Append(StringBuilder text, string? value)
    {
        if (value is null || value.AsSpan().IndexOfAny(Special) < 0)
            text.Append(value);
        else
            text.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");
}
