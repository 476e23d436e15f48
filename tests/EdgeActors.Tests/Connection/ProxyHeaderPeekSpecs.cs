using System.Net;
using System.Text;
using Akka.Streams;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>PROXY headers ahead of a hello, through the peek flow.</summary>
public sealed class ProxyHeaderPeekSpecs : EdgeTestKit
{
    private const string Line = "PROXY TCP4 203.0.113.9 198.51.100.7 54321 443\r\n";
    private static readonly TimeSpan Soon = Eventually.Deadline;
    private static readonly byte[] Hello = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Protocol", "Hellos", "go119.bin"));

    private IPeekQueue Run(TimeSpan? timeout = null, int maxHello = 16 * 1024) =>
        PeekFlow.Run(Sys.Materializer(), timeout ?? TimeSpan.FromMinutes(1), maxHello, 100, TimeProvider.System).Queue;

    private FakeLink Offer(IPeekQueue queue, ProxyHeaderRule rule, params byte[][] chunks)
    {
        var link = new FakeLink();
        foreach (var chunk in chunks)
            link.Send(chunk);
        Assert.True(queue.Offer(new PeekRequest(link, TestActor, rule)));
        return link;
    }

    private void ExpectIntroduced(FakeLink link, string client)
    {
        ExpectMsg<ProxyHeaderRead>(Soon);
        var result = ExpectMsg<PeekResult>(Soon);
        Assert.Same(link, result.Request.Link);
        Assert.Equal(CloseReason.None, result.Reason);
        Assert.Equal("demo.fiscalismia.com", result.Hello!.ServerName);
        Assert.Equal(IPEndPoint.Parse(client), link.Client);
        Assert.Equal(Hello, link.Received.ToArray());
    }

    private static byte[] V2(bool local = false, string client = "203.0.113.9:54321")
    {
        var header = new byte[ProxyHeaderV2.MaxLength];
        var length = local
            ? ProxyHeaderV2.WriteLocal(header)
            : ProxyHeaderV2.Write(
                header, IPEndPoint.Parse(client), IPEndPoint.Parse("198.51.100.7:443"), new ProxyFields { Checksum = true, Authority = "a.ex" });
        return header[..length];
    }

    [Fact]
    public void The_fields_of_a_header_are_kept()
    {
        var queue = Run();
        Offer(queue, ProxyHeaderRule.Required, [.. V2(), .. Hello]);
        ExpectMsg<ProxyHeaderRead>(Soon);
        var fields = ExpectMsg<PeekResult>(Soon).Request.ProxyFields;
        Assert.Equal((14, "a.ex"), (fields.Length, Encoding.ASCII.GetString(fields[^4..])));
        Offer(queue, ProxyHeaderRule.Required, [.. Encoding.ASCII.GetBytes(Line), .. Hello]);
        ExpectMsg<ProxyHeaderRead>(Soon);
        Assert.Empty(ExpectMsg<PeekResult>(Soon).Request.ProxyFields);
    }

    [Fact]
    public void A_header_of_either_version_and_its_hello_are_read_cut_in_two_anywhere()
    {
        var queue = Run();
        foreach (var header in new[] { Encoding.ASCII.GetBytes(Line), V2() })
        {
            byte[] all = [.. header, .. Hello];
            for (var cut = 1; cut < header.Length + 20; cut++)
            {
                var link = Offer(queue, ProxyHeaderRule.Required, all[..cut], all[cut..]);
                ExpectIntroduced(link, "203.0.113.9:54321");
                Assert.Equal(IPEndPoint.Parse("198.51.100.7:443"), link.Local);
            }
        }
    }

    [Fact]
    public void A_header_and_its_hello_are_read_byte_by_byte() => ExpectIntroduced(
        Offer(Run(), ProxyHeaderRule.Required, [.. V2().Concat(Hello).Select(b => new[] { b })]), "203.0.113.9:54321");

    [Fact]
    public void The_client_is_known_before_its_hello_has_come()
    {
        var link = Offer(Run(), ProxyHeaderRule.Required, V2());
        ExpectMsg<ProxyHeaderRead>(Soon);
        Assert.Equal("203.0.113.9:54321", link.Client.ToString());
        ExpectNoMsg(TimeSpan.Zero);
        link.Send(Hello);
        Assert.Equal(CloseReason.None, ExpectMsg<PeekResult>(Soon).Reason);
    }

    [Fact]
    public void A_local_header_leaves_the_peer_as_it_is()
    {
        ExpectIntroduced(Offer(Run(), ProxyHeaderRule.Required, V2(local: true), Hello), "192.0.2.1:40000");
        ExpectIntroduced(Offer(Run(), ProxyHeaderRule.Required, [.. "PROXY UNKNOWN\r\n"u8, .. Hello]), "192.0.2.1:40000");
    }

    [Fact]
    public void A_mapped_client_is_an_ipv4_client() => ExpectIntroduced(
        Offer(
            Run(),
            ProxyHeaderRule.Required,
            Encoding.ASCII.GetBytes("PROXY TCP6 ::ffff:203.0.113.9 2001:db8::1 1 2\r\n"),
            Hello), "203.0.113.9:1");

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", CloseReason.ProxyMissing)]
    [InlineData("\x16\x03\x01", CloseReason.ProxyMissing)]
    [InlineData("PROXY TCP4 nonsense\r\n", CloseReason.ProxyMalformed)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x31", CloseReason.ProxyMalformed)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", CloseReason.ProxyMalformed)]
    public void A_trusted_peer_without_a_proper_header_is_told_at_once(string text, CloseReason outcome)
    {
        Offer(Run(), ProxyHeaderRule.Required, Encoding.Latin1.GetBytes(text));
        Assert.Equal(outcome, ExpectMsg<PeekResult>(Soon).Reason);
    }

    [Fact]
    public void A_header_of_anyone_else_is_told_at_every_cut()
    {
        var queue = Run();
        foreach (var header in new[] { Encoding.ASCII.GetBytes(Line), V2(), V2(local: true) })
        {
            for (var cut = 1; cut <= header.Length; cut++)
            {
                var link = cut == header.Length
                    ? Offer(queue, ProxyHeaderRule.Forbidden, header)
                    : Offer(queue, ProxyHeaderRule.Forbidden, header[..cut], header[cut..]);
                Assert.Equal(CloseReason.ProxyUntrusted, ExpectMsg<PeekResult>(Soon).Reason);
                Assert.Equal("192.0.2.1:40000", link.Client.ToString());
            }
        }
    }

    [Fact]
    public void Anyone_else_without_a_header_is_a_client()
    {
        Offer(Run(), ProxyHeaderRule.Forbidden, [.. Hello.Select(b => new[] { b })]);
        Assert.Equal(CloseReason.None, ExpectMsg<PeekResult>(Soon).Reason);
        Offer(Run(), ProxyHeaderRule.Forbidden, "POST / HTTP/1.1\r\n"u8.ToArray());
        Assert.Equal(CloseReason.NotTls, ExpectMsg<PeekResult>(Soon).Reason);
    }

    [Fact]
    public void A_second_header_is_no_hello()
    {
        Offer(Run(), ProxyHeaderRule.Required, [.. V2(), .. V2()]);
        ExpectMsg<ProxyHeaderRead>(Soon);
        Assert.Equal(CloseReason.NotTls, ExpectMsg<PeekResult>(Soon).Reason);
    }

    [Fact]
    public void The_header_counts_towards_the_time_of_the_hello()
    {
        Offer(Run(timeout: TimeSpan.FromMilliseconds(300)), ProxyHeaderRule.Required, "PROXY TCP4"u8.ToArray());
        Assert.Equal(CloseReason.HelloTimeout, ExpectMsg<PeekResult>(Soon).Reason);
    }

    /// <summary>The longest header takes nothing of the room for the largest hello.</summary>
    [Fact]
    public void The_longest_header_leaves_room_for_the_largest_hello()
    {
        const int MaxHello = 1024;
        var body = ProxyHeaderReader.MaxLength - ProxyHeaderV2.FixedLength;
        byte[] header = [.. ProxyHeaderV2.Signature, 0x20, 0x00, (byte)(body >> 8), (byte)body, .. new byte[body]];
        // The largest hello in records of one byte each, as its reader allows: 6 bytes on the wire for one.
        byte[] message = [1, 0, MaxHello - 4 >> 8, (MaxHello - 4) & 0xff, .. new byte[MaxHello - 4]];
        var wire = message.SelectMany(b => new byte[] { 0x16, 3, 1, 0, 1, b }).ToArray();
        // The first chunk fills all the room that there is.
        var first = ClientHelloReader.MaxRawSize(MaxHello) - header.Length;
        var link = Offer(Run(maxHello: MaxHello), ProxyHeaderRule.Required, [.. header, .. wire[..first]], wire[first..^1]);
        ExpectMsg<ProxyHeaderRead>(Soon);
        AwaitCondition(() => link.IsReceiving, Soon);
        link.Send(wire[^1..]);
        // It is whole; that it says nothing is another matter.
        Assert.Equal(CloseReason.HelloMalformed, ExpectMsg<PeekResult>(Soon).Reason);
    }

    [Theory]
    [InlineData("10.1.2.3", ProxyHeaderRule.Required)]
    [InlineData("11.0.0.0", ProxyHeaderRule.Forbidden)]
    [InlineData("fd00::1", ProxyHeaderRule.Required)]
    [InlineData("fe00::1", ProxyHeaderRule.Forbidden)]
    [InlineData("192.0.2.7", ProxyHeaderRule.Required)]
    [InlineData("192.0.2.8", ProxyHeaderRule.Forbidden)]
    public void The_rule_depends_on_the_network_of_the_peer(string peer, ProxyHeaderRule rule)
    {
        IPNetwork[] trusted = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"), IPNetwork.Parse("192.0.2.7/32")];
        Assert.Equal(rule, ProxyHeaderPeek.RuleFor(IPAddress.Parse(peer), trusted));
        Assert.Equal(ProxyHeaderRule.None, ProxyHeaderPeek.RuleFor(IPAddress.Parse(peer), null));
    }
}
