using EdgeActors.Cluster;
using EdgeActors.Cluster.Health;
using EdgeActors.Operate;
using EdgeActors.Operate.Syntax;

namespace EdgeActors.Tests.Cluster;

public class PeerCodecSpecs
{
    private static readonly ServerEvidence Seen = new("web", "s1", "[2001:db8::1]:443", true, DateTimeOffset.UnixEpoch, 7);

    private static T Again<T>(T message)
        where T : class, IClusterMessage => Assert.IsType<T>(ClusterCodec.Read(ClusterCodec.ManifestOf(message), ClusterCodec.Write(message)));

    [Fact]
    public void A_report_comes_back_as_it_was() => Assert.Equal([Seen, Seen with { Up = false, Since = null }], Again(new HealthReport([Seen, Seen with { Up = false, Since = null }])).Servers);

    [Fact]
    public void The_largest_report_of_usual_names_fits_into_a_frame() =>
        Assert.InRange(ClusterCodec.Write(new HealthReport([.. Enumerable.Repeat(Seen, PeerReport.MaxServers)])).Length, 1, 120_000);

    [Theory]
    [InlineData(Access.Full)]
    [InlineData(Access.ReadOnly)]
    public void An_order_comes_back_as_it_was(Access access)
    {
        var order = Again(new NodeOrder(9, access, ["kill", "--sni", "bücher.example"]));
        Assert.Equal((9u, access), (order.Id, order.Access));
        Assert.Equal(["kill", "--sni", "bücher.example"], order.Words);
    }

    [Fact]
    public void A_piece_of_an_answer_comes_back_as_it_was()
    {
        var answer = Again(new OrderAnswer(3, true, new byte[OrderAnswer.MostAtOnce]));
        Assert.Equal((3u, true, OrderAnswer.MostAtOnce), (answer.Id, answer.IsLast, answer.Text.Length));
        Assert.Throws<FormatException>(() => Again(new OrderAnswer(3, true, new byte[OrderAnswer.MostAtOnce + 1])));
    }

    [Fact]
    public void One_more_than_may_be_is_no_message()
    {
        Again(new HealthReport([.. Enumerable.Repeat(Seen, PeerReport.MaxServers)]));
        Assert.Throws<FormatException>(() => Again(new HealthReport([.. Enumerable.Repeat(Seen, PeerReport.MaxServers + 1)])));
        Again(new NodeOrder(1, Access.Full, [.. Enumerable.Repeat("x", OperatorParser.MaxWords)]));
        Assert.Throws<FormatException>(() => Again(new NodeOrder(1, Access.Full, [.. Enumerable.Repeat("x", OperatorParser.MaxWords + 1)])));
    }

    [Fact]
    public void Cut_anywhere_or_with_more_behind_it_is_no_message()
    {
        foreach (var message in new IClusterMessage[] { new HealthReport([Seen]), new NodeOrder(1, Access.Full, ["status"]) })
        {
            var bytes = ClusterCodec.Write(message);
            for (var cut = 0; cut < bytes.Length; cut++)
                Assert.Throws<FormatException>(() => ClusterCodec.Read(ClusterCodec.ManifestOf(message), bytes.AsSpan(0, cut)));
            Assert.Throws<FormatException>(() => ClusterCodec.Read(ClusterCodec.ManifestOf(message), [.. bytes, 0]));
        }
    }

    [Fact]
    public void Whatever_the_bytes_they_are_a_message_or_none()
    {
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            foreach (var manifest in new[] { "he", "no", "oa" })
            {
                try
                {
                    ClusterCodec.Read(manifest, bytes);
                }
                catch (FormatException)
                {
                    // That is what is promised.
                }
            }
        }
    }
}
