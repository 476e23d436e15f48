using System.Text;
using EdgeHost.Redirect;

namespace EdgeHost.Tests.Redirect;

public sealed class HttpHeadReaderSpecs
{
    private static HttpHeadStatus Read(string text) => HttpHeadReader.Read(Encoding.Latin1.GetBytes(text), out _);

    private static string Shown(string text)
    {
        Assert.Equal(HttpHeadStatus.Complete, HttpHeadReader.Read(Encoding.Latin1.GetBytes(text), out var head));
        return $"{Encoding.ASCII.GetString(head.Method)} {Encoding.ASCII.GetString(head.Host)} {Encoding.ASCII.GetString(head.Path)}"
            + (head.IsHttp10 ? " 1.0" : "") + (head.KeepAlive ? " keep" : "") + (head.HasBody ? " body" : "");
    }

    [Theory]
    [InlineData("GET /a?b=c HTTP/1.1\r\nHost: x.example\r\n\r\n", "GET x.example /a?b=c keep")]
    [InlineData("GET /a HTTP/1.0\r\nHost: x.example\r\n\r\n", "GET x.example /a 1.0")]
    [InlineData("GET /a HTTP/1.0\r\nHost: x.example\r\nConnection: Keep-Alive\r\n\r\n", "GET x.example /a 1.0 keep")]
    [InlineData("GET /a HTTP/1.1\r\nhost:x.example\r\nConnection: foo, CLOSE\r\n\r\n", "GET x.example /a")]
    [InlineData("POST /a HTTP/1.1\r\nHost: x.example\r\nContent-Length: 0\r\n\r\n", "POST x.example /a keep")]
    [InlineData("POST /a HTTP/1.1\r\nHost: x.example\r\nContent-Length: 5\r\n\r\nabcde", "POST x.example /a body")]
    [InlineData("PUT /a HTTP/1.1\r\nHost: x.example\r\nTransfer-Encoding: chunked\r\n\r\n", "PUT x.example /a body")]
    [InlineData("GET / HTTP/1.1\r\nHost: x.example:80\r\n\r\n", "GET x.example / keep")]
    [InlineData("GET / HTTP/1.1\r\nHost: x.example:\r\n\r\n", "GET x.example / keep")]
    [InlineData("GET / HTTP/1.1\r\nHost: X.Example:8080\r\n\r\n", "GET X.Example / keep")]
    [InlineData("GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n", "GET 192.0.2.1 / keep")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET [::1] / keep")]
    [InlineData("GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "GET [2001:db8::1] / keep")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x.example\r\n\r\n", "OPTIONS x.example / keep")]
    [InlineData("GET http://y.example:80/p?q HTTP/1.1\r\nHost: x.example\r\n\r\n", "GET y.example /p?q keep")]
    [InlineData("GET HTTP://y.example HTTP/1.1\r\nHost: x.example\r\n\r\n", "GET y.example / keep")]
    [InlineData("GET /a HTTP/1.1\nHost: x.example\n\n", "GET x.example /a keep")]
    [InlineData("\r\n\nGET /a HTTP/1.1\r\nHost: x.example\r\n\r\n", "GET x.example /a keep")]
    [InlineData("M-SEARCH /a HTTP/1.1\r\nHost: x.example\r\nX-Any: \t \xe4 \r\n\r\n", "M-SEARCH x.example /a keep")]
    [InlineData("GET //evil.example HTTP/1.1\r\nHost: x.example\r\n\r\n", "GET x.example //evil.example keep")]
    public void A_request_is_read(string text, string expected) => Assert.Equal(expected, Shown(text));

    [Theory]
    [InlineData("GET /a HTTP/1.1\r\nHost: x.example\r\nX: y\r\n\r\n")]
    [InlineData("\r\nPOST /a HTTP/1.0\r\nHost: [::1]:80\r\nContent-Length: 3\r\n\r\n")]
    public void A_request_is_incomplete_at_every_cut_and_ends_where_the_next_begins(string text)
    {
        for (var length = 0; length < text.Length; length++)
            Assert.Equal(HttpHeadStatus.Incomplete, Read(text[..length]));
        Assert.Equal(HttpHeadStatus.Complete, HttpHeadReader.Read(Encoding.Latin1.GetBytes(text + text), out var head));
        Assert.Equal(text.Length, head.Length);
    }

    [Theory]
    [InlineData("\x16\x03\x01")] // TLS
    [InlineData("\x16")]
    [InlineData("\0")]
    [InlineData(" GET")]
    [InlineData("\xc7\xcb")]
    [InlineData("\r\r")]
    public void What_is_not_http_is_told_before_its_line_ends(string text) => Assert.Equal(HttpHeadStatus.Malformed, Read(text));

    [Theory]
    [InlineData("GET /a\r\n")]
    [InlineData("GET  HTTP/1.1\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\n")]
    [InlineData("GET /a HTTP/1.2\r\n")]
    [InlineData("GET /a HTTP/2.0\r\n")]
    [InlineData("GET /a http/1.1\r\n")]
    [InlineData("GET a HTTP/1.1\r\n")]
    [InlineData("GET /\xe4 HTTP/1.1\r\n")]
    [InlineData("GET /a\tb HTTP/1.1\r\n")]
    [InlineData("GET /a\rb HTTP/1.1\r\n")]
    [InlineData("GET https://x/ HTTP/1.1\r\n")]
    [InlineData("GET http:///a HTTP/1.1\r\n")]
    [InlineData("GET http://u@h/a HTTP/1.1\r\n")]
    [InlineData("CONNECT a:1 HTTP/1.1\r\n")]
    [InlineData("G(T /a HTTP/1.1\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n")]
    public void A_bad_request_line_is_malformed(string line) => Assert.Equal(HttpHeadStatus.Malformed, Read(line + "Host: x.example\r\n\r\n"));

    [Theory]
    [InlineData("")]
    [InlineData("Host:\r\n")]
    [InlineData("Host: :80\r\n")]
    [InlineData("Host: x y\r\n")]
    [InlineData("Host: x\ty\r\n")]
    [InlineData("Host: x\ry\r\n")]
    [InlineData("Host: x\0y\r\n")]
    [InlineData("Host: x/y\r\n")]
    [InlineData("Host: x@y\r\n")]
    [InlineData("Host: x?y\r\n")]
    [InlineData("Host: x%0d%0ay\r\n")]
    [InlineData("Host: \xe4.example\r\n")]
    [InlineData("Host: x:80:80\r\n")]
    [InlineData("Host: x:port\r\n")]
    [InlineData("Host: x:123456\r\n")]
    [InlineData("Host: ::1\r\n")]
    [InlineData("Host: [::1\r\n")]
    [InlineData("Host: []\r\n")]
    [InlineData("Host: [::1]x\r\n")]
    [InlineData("Host: [fe80::1%251]\r\n")]
    [InlineData("Host: [1.2.3.4]\r\n")]
    [InlineData("Host: a\r\nHost: a\r\n")]
    [InlineData("Host : a\r\n")]
    [InlineData("Host: a\r\n continued\r\n")]
    [InlineData("Host: a\r\nno field\r\n")]
    [InlineData("Host: a\r\n: empty\r\n")]
    [InlineData("Host: a\r\nContent-Length: -1\r\n")]
    [InlineData("Host: a\r\nContent-Length:\r\n")]
    public void Bad_fields_are_malformed(string fields) => Assert.Equal(HttpHeadStatus.Malformed, Read($"GET / HTTP/1.1\r\n{fields}\r\n"));

    [Fact]
    public void The_longest_name_has_255_characters()
    {
        Assert.Equal(HttpHeadStatus.Complete, Read($"GET / HTTP/1.1\r\nHost: {new string('a', 255)}\r\n\r\n"));
        Assert.Equal(HttpHeadStatus.Malformed, Read($"GET / HTTP/1.1\r\nHost: {new string('a', 256)}\r\n\r\n"));
    }

    [Theory]
    [InlineData("GET /", " HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: ", "\r\n\r\n")]
    public void The_longest_header_is_read_and_one_byte_more_is_malformed_before_its_end(string start, string end)
    {
        var fits = HttpHeadReader.MaxLength - start.Length - end.Length;
        Assert.Equal(HttpHeadStatus.Complete, Read(start + new string('a', fits) + end));
        Assert.Equal(HttpHeadStatus.Malformed, Read(start + new string('a', fits + 1) + end));
        Assert.Equal(HttpHeadStatus.Incomplete, Read(start + new string('a', HttpHeadReader.MaxLength - start.Length)));
        Assert.Equal(HttpHeadStatus.Malformed, Read(start + new string('a', HttpHeadReader.MaxLength + 1 - start.Length)));
    }

    [Fact]
    public void Random_bytes_are_answered_and_nothing_of_a_control_character_gets_into_host_or_path()
    {
        var random = new Random(11);
        var seed = Encoding.ASCII.GetBytes("GET /a?b HTTP/1.1\r\nHost: x.example:80\r\nConnection: close\r\n\r\n");
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = seed.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (HttpHeadReader.Read(bytes, out var head) != HttpHeadStatus.Complete)
                continue;
            Assert.False(head.Host.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) || head.Path.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e));
        }
    }
}
