using System.Globalization;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>Where metrics and spans are sent.</summary>
/// <param name="Endpoint">The collector's base address, to which <c>/v1/metrics</c> and <c>/v1/traces</c> are appended.</param>
/// <param name="Traces">The share of connections that a span is sent of, 0 to 1.</param>
/// <param name="Headers">Of each request: <c>name=value</c>, with commas between them. May hold a secret.</param>
public sealed record OtlpSettings(Uri Endpoint, TimeSpan Interval, double Traces, string Headers)
{
    /// <summary>Without the headers.</summary>
    public override string ToString() => $"{Endpoint}, each {Interval}, {Traces} of the connections";
}

/// <summary><c>edge.telemetry.otlp</c>.</summary>
internal static class OtlpReader
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    /// <returns>Null: off.</returns>
    public static OtlpSettings? Read(ConfigSection edge)
    {
        var section = edge.Section("telemetry").Section("otlp");
        var (endpoint, interval) = (ReadEndpoint(section), section.Duration("interval", longest: TimeSpan.FromDays(1)));
        if (interval > TimeSpan.Zero && interval < ShortestInterval)
            section.Report($"{ConfigSection.Shown(interval)} is too short; expected 1s or more", "interval");
        var (traces, headers) = (ReadTraces(section), ReadHeaders(section));
        return endpoint is null ? null : new OtlpSettings(endpoint, interval, traces, headers);
    }

    private static Uri? ReadEndpoint(ConfigSection section)
    {
        var value = section.Find("endpoint", out var path)!;
        if (value is HoconScalar { Text: "off" or "false" })
            return null;
        if (value is HoconScalar { IsNull: false } text && Uri.TryCreate(text.Text, UriKind.Absolute, out var uri)
            && uri is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" })
            return uri;
        section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is no address of a collector; expected such as \"http://127.0.0.1:4318\", or off");
        return null;
    }

    private static double ReadTraces(ConfigSection section)
    {
        var value = section.Find("traces", out var path)!;
        if (value is HoconScalar { IsNull: false } text
            && double.TryParse(text.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1)
            return share;
        section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} is no share; expected 0 (no connection) to 1 (every connection), such as 0.01");
        return 0;
    }

    /// <summary>A mistake never shows what was written: it may be a token.</summary>
    private static string ReadHeaders(ConfigSection section)
    {
        var value = section.Find("headers", out var path)!;
        if (value is HoconScalar { IsNull: false } text && !text.Text.AsSpan().ContainsAnyInRange('\0', '\u001f')
            && (text.Text.Length == 0 || text.Text.Split(',').All(static header => header.IndexOf('=', StringComparison.Ordinal) > 0)))
            return text.Text;
        section.Reading.Report(value.Origin, path, "these are no headers; expected headers = \"name=value,name=value\"");
        return "";
    }
}
