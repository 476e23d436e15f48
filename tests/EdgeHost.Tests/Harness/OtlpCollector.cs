using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Tests.Harness;

/// <summary>What takes OTLP over HTTP, and reads of it what opentelemetry-proto's metrics.proto and trace.proto say, by the numbers of
/// their fields.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Queue<int> _refusals;
    private readonly Lock _lock = new();
    private readonly List<(string Path, Message Body, string? Token)> _requests = [];

    private OtlpCollector(IPEndPoint endPoint, IEnumerable<int> refusals)
    {
        _refusals = new Queue<int>(refusals);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint));
        _app = builder.Build();
        _app.Run(Take);
    }

    public string Address => _app.Urls.Single();

    public IReadOnlyList<(string Path, Message Body, string? Token)> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>The series of the last export, as Prometheus' text has them, with their values.</summary>
    public IReadOnlyDictionary<string, double> Series
    {
        get
        {
            var series = new Dictionary<string, double>();
            foreach (var metric in Metrics)
            {
                var name = metric.Text(1);
                foreach (var point in (int[])[5, 7])
                {
                    foreach (var each in metric.Each(point).SelectMany(static data => data.Each(1)))
                        series.Add(name + Labels(each.Each(7)), each.Double(4));
                }
                foreach (var each in metric.Each(9).SelectMany(static data => data.Each(1)))
                    AddHistogram(series, name, each);
            }
            return series;
        }
    }

    /// <summary>The metrics of the last export.</summary>
    public IReadOnlyList<Message> Metrics =>
        [.. Requests.LastOrDefault(static request => request.Path == "/v1/metrics").Body?.Each(1).SelectMany(static resource => resource.Each(2)).SelectMany(static scope => scope.Each(2)) ?? []];

    public IReadOnlyList<Message> Spans =>
    [
        .. Requests.Where(static request => request.Path == "/v1/traces").SelectMany(static request => request.Body.Each(1))
            .SelectMany(static resource => resource.Each(2)).SelectMany(static scope => scope.Each(2)),
    ];

    /// <param name="refusals">Statuses of the first answers.</param>
    public static async Task<OtlpCollector> Start(IPEndPoint? at = null, params IEnumerable<int> refusals)
    {
        var collector = new OtlpCollector(at ?? Loopback.NextEndPoint(), refusals);
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A list of attributes by name, each value as text.</summary>
    public static Dictionary<string, string> Attributes(IEnumerable<Message> attributes) => attributes.ToDictionary(
        static attribute => attribute.Text(1),
        static attribute => attribute.Each(2).Single() is var value && value.Has(1) ? value.Text(1) : $"{value.Number(3)}");

    private static string Labels(IEnumerable<Message> attributes)
    {
        var labels = string.Join(
            ',', Attributes(attributes).Select(static label => $"{label.Key}=\"{label.Value}\"").Order(StringComparer.Ordinal));
        return labels.Length == 0 ? "" : $"{{{labels}}}";
    }

    private static void AddHistogram(Dictionary<string, double> series, string name, Message point)
    {
        var (bounds, counts, sum) = (point.Fixed64s(7), point.Fixed64s(6), 0L);
        for (var i = 0; i < counts.Count; i++)
        {
            sum += counts[i];
            series.Add($"{name}_bucket{{le=\"{(i == bounds.Count ? "+Inf" : FormattableString.Invariant($"{BitConverter.Int64BitsToDouble(bounds[i]):0.0####}"))}\"}}", sum);
        }
        series.Add($"{name}_sum", point.Double(5));
        series.Add($"{name}_count", point.Fixed64(4));
    }

    private async Task Take(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        lock (_lock)
        {
            if (_refusals.TryDequeue(out var status))
                context.Response.StatusCode = status;
            else
                _requests.Add((context.Request.Path, new Message(body.ToArray()), context.Request.Headers["x-token"]));
        }
    }

    /// <summary>A message of protobuf of which only the wire format is known.</summary>
    internal sealed class Message
    {
        private readonly List<(int Field, object Value)> _fields = [];

        public Message(byte[] bytes)
        {
            var input = new CodedInputStream(bytes);
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                _fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
                {
                    WireFormat.WireType.Varint => input.ReadInt64(),
                    WireFormat.WireType.Fixed64 => input.ReadSFixed64(),
                    WireFormat.WireType.Fixed32 => (long)input.ReadSFixed32(),
                    _ => input.ReadBytes().ToByteArray(),
                }));
            }
        }

        public bool Has(int field) => _fields.Any(known => known.Field == field);

        public IEnumerable<Message> Each(int field) => Values<byte[]>(field).Select(static bytes => new Message(bytes));

        public string Text(int field) => System.Text.Encoding.UTF8.GetString(Values<byte[]>(field).Single());

        /// <summary>What is not there is 0, as ever in protobuf.</summary>
        public long Number(int field) => Values<long>(field).SingleOrDefault();

        public long Fixed64(int field) => Number(field);

        public double Double(int field) => BitConverter.Int64BitsToDouble(Number(field));

        /// <summary>Packed or one by one.</summary>
        public IReadOnlyList<long> Fixed64s(int field) =>
        [
            .. Values<long>(field),
            .. Values<byte[]>(field).SelectMany(static bytes => bytes.Chunk(8)).Select(static eight => BitConverter.ToInt64(eight)),
        ];

        private IEnumerable<T> Values<T>(int field) =>
            _fields.Where(known => known.Field == field).Select(static known => known.Value).OfType<T>();
    }
}
