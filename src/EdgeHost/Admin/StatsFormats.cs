using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeActors;
using EdgeActors.Cluster.Commands;
using EdgeActors.Node;
using EdgeActors.Statistics;
using EdgeActors.Transport;
using EdgeHost.Cli;

namespace EdgeHost.Admin;

/// <summary><c>/stats;json</c>: the same figures as the CSV, by name, and what a page shows beside them.</summary>
internal static class StatsJson
{
    public static ReadOnlyMemory<byte> Write(EdgeNode node, string? token = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteStartObject("node");
        json.WriteString("version", EdgeVersion.Text);
        json.WriteString("now", DateTimeOffset.UtcNow);
        json.WriteNumber("uptime", (long)NodeProcess.Uptime.TotalSeconds);
        json.WriteBoolean("draining", node.State.IsDraining);
        json.WriteString("floating_ip", FloatingIp.Word(node.State.FloatingIp.Current.State));
        json.WriteNumber("generation", node.State.Generations.Current);
        json.WriteNumber("connections", node.State.Live.Count);
        json.WriteNumber("max", node.State.Gate.Limit);
        json.WriteNumber("accepted", node.State.Meters.AcceptedTotal);
        json.WriteNumber("held", node.State.Transport.SilentHeld);
        json.WriteNumber("cpu", NodeProcess.CpuTime.TotalSeconds);
        json.WriteNumber("memory", NodeProcess.Memory);
        json.WriteNumber("log_dropped", node.State.Log.Dropped);
        json.WriteStartArray("others");
        var members = node.Gateway.Picture.Members;
        foreach (var member in members.Where(static member => !member.IsSelf))
            json.WriteStringValue(ClusterCommands.LabelOf(member, members));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("not_ready");
        foreach (var obstacle in HealthPages.Obstacles(node))
            json.WriteStringValue(obstacle);
        json.WriteEndArray();
        json.WriteStartObject("closed");
        foreach (var reason in Enum.GetValues<CloseReason>())
        {
            if (node.State.Meters.ClosedTotal(reason) is > 0 and var count)
                json.WriteNumber(reason.Facts().Label, count);
        }
        json.WriteEndObject();
        json.WriteStartObject("closed_ago_ms");
        foreach (var reason in Enum.GetValues<CloseReason>())
        {
            if (node.State.Meters.LastClosed(reason) is not 0 and var last)
                json.WriteNumber(reason.Facts().Label, (long)node.State.Time.GetElapsedTime(last).TotalMilliseconds);
        }
        json.WriteEndObject();
        json.WriteStartArray("rows");
        foreach (var row in StatRows.Read(node.State))
            Write(json, row, node);
        json.WriteEndArray();
        if (token is not null)
            json.WriteString("token", token);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, StatRow row, EdgeNode node)
    {
        json.WriteStartObject();
        foreach (var field in StatFields.All)
        {
            var value = field.Of(row);
            if (value.IsNumber)
                json.WriteNumber(field.Column, value.Number);
            else if (value.Text is { } text && field.Column != "-")
                json.WriteString(field.Column, text);
        }
        if (row.Server is { } server && node.State.Peers.Of(row.Pool!.Name, server.Name, server.EndPoint).Words is { } elsewhere)
            json.WriteString("elsewhere", elsewhere);
        json.WriteEndObject();
    }
}

/// <summary><c>/stats;csv</c>: HAProxy's columns in its order, so that tools for HAProxy read this.</summary>
internal static class StatsCsv
{
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

    /// <summary>In quotes where RFC 4180 demands it.</summary>
    private static void Append(StringBuilder text, string? value)
    {
        if (value is null || value.AsSpan().IndexOfAny(Special) < 0)
            text.Append(value);
        else
            text.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");
}
