using System.Net;
using System.Text;
using EdgeActors.Tests.Protocol;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>A frontend of HAProxy with random rules about names, protocols and silence. The same seed gives the same rules.</summary>
internal sealed class RandomHaproxyRules
{
    public const string Backends = "one two three gated";

    private static readonly string[] Names = ["a.test", "www.a.test", "x.a.test", "y.x.a.test", "b.test", "other.example"];
    private static readonly string[] Suffixes = [".a.test", ".x.a.test", ".test"];

    private readonly Random _random;
    private readonly StringBuilder _text = new();
    private int _acls;

    public RandomHaproxyRules(int seed)
    {
        _random = new Random(seed);
        for (_acls = 0; _acls < 2; _acls++)
        {
            for (var line = _random.Next(1, 3); line > 0; line--)
                _text.Append($"  acl known{_acls} {Expression(inRoute: false)}\n");
        }
        // The condition never holds, but HAProxy waits for the hello to check it.
        _text.Append("  tcp-request inspect-delay 300ms\n  tcp-request content reject if { req.ssl_hello_type 2 }\n");
        for (var rules = _random.Next(4); rules > 0; rules--)
            _text.Append($"  tcp-request content {OneOf("accept", "reject", "silent-drop")} {Condition(inRoute: false)}\n");
        for (var rules = _random.Next(1, 6); rules > 0; rules--)
            _text.Append($"  use_backend {OneOf(Backends.Split(' '))} {Condition(inRoute: true)}\n");
        if (_random.Next(10) < 6)
            _text.Append($"  default_backend {OneOf(Backends.Split(' '))}\n");
    }

    /// <param name="Bytes">The bytes that the client sends.</param>
    /// <param name="Note">Words of the note that explains a difference for this client.</param>
    public sealed record Client(string Name, byte[] Bytes, string Note);

    public static IReadOnlyList<Client> Clients { get; } =
    [
        new("silence", [], NoNote),
        new("HTTP", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"u8.ToArray(), NoNote),
        new("no name", HelloBytes.With(HelloBytes.Extension(10, [0, 2, 0, 29])), NoNote),
        .. Names.Select(static name => new Client(name, HelloBytes.ForName(name), NoNote)),
        .. Offers.Select(static offer => new Client(
            $"no name, {string.Join(' ', offer)}", HelloBytes.With(HelloBytes.Alpn(offer)), "clients without a server name that offer")),
        .. from name in Names from offer in Offers
           let hello = HelloBytes.With(HelloBytes.ServerName(Encoding.ASCII.GetBytes(name)), HelloBytes.Alpn(offer))
           select new Client($"{name}, {string.Join(' ', offer)}", hello, " that offer "),
    ];

    private const string NoNote = "no note may explain it";

    public string Text(string name, IPEndPoint bind) => $"frontend {name}\n  bind {bind}\n{_text}";

    private static string[][] Offers => [["h2"], ["h2", "http/1.1"], ["http/1.1", "h2"], ["acme-tls/1"], ["spdy/1"]];

    private string Condition(bool inRoute)
    {
        var suites = Enumerable.Range(0, _random.Next(4) == 0 ? 2 : 1)
            .Select(_ => string.Join(' ', Enumerable.Range(0, OneOf(1, 1, 1, 2, 2, 3)).Select(_ => Term(inRoute))));
        return $"{OneOf("if", "if", "if", "unless")} {string.Join(OneOf(" or ", " || "), suites)}";
    }

    private string Term(bool inRoute)
    {
        var term = _random.Next(8) switch
        {
            0 or 1 => $"known{_random.Next(_acls)}",
            2 when _random.Next(3) == 0 => OneOf("TRUE", "FALSE"),
            _ => $"{{ {Expression(inRoute)} }}",
        };
        return _random.Next(10) < 3 ? $"!{term}" : term;
    }

    /// <param name="inRoute">In a route rule all bytes of a client have arrived; in earlier rules a length would depend on time.</param>
    private string Expression(bool inRoute) => _random.Next(18) switch
    {
        0 or 1 => $"req.ssl_sni -m end {OneOf(Suffixes)}",
        2 => "req.ssl_sni -m found",
        3 or 4 => "req.ssl_hello_type 1",
        5 => $"req.ssl_alpn {OneOf("h2", "http/1.1", "acme-tls/1")}",
        6 => $"req.ssl_alpn -m {OneOf("sub http", "beg h", "found")}",
        7 or 10 or 11 when inRoute => $"req.len {OneOf("0", "gt 0", "5:")}",
        8 => $"req.ssl_sni -m reg {OneOf(@"^(www|x)\.a\.test$", @"^(.+\.)?x\.a\.test$", @"\.a\.test$")}",
        9 => $"req.ssl_sni -m {OneOf("beg www.", "sub .a.")}",
        _ => $"req.ssl_sni -i {string.Join(' ', Enumerable.Range(0, _random.Next(1, 3)).Select(_ => OneOf(Names)))}",
    };

    private T OneOf<T>(params ReadOnlySpan<T> items) => items[_random.Next(items.Length)];
}
