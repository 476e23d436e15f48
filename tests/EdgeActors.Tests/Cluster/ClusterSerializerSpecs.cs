using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Health;
using EdgeActors.Operator.Syntax;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Cluster;

public class ClusterSerializerSpecs
{
    private const int MaxFrame = 512_000;

    private static readonly ClusterSerializer Serializer = new(null!);
    private static readonly AddressKey Client = AddressKey.From(System.Net.IPAddress.Parse("2001:db8::7"));
    private static readonly ServerEvidence Seen = new("web", "s1", "[2001:db8::1]:443", true, DateTimeOffset.UnixEpoch, 7);

    /// <summary>As it comes to the other node.</summary>
    internal static T Again<T>(T message)
        where T : class =>
            Assert.IsType<T>(Serializer.FromBinary(Serializer.ToBinary(message), Serializer.Manifest(message)), exactMatch: false);

    public static TheoryData<object> Messages => new()
    {
        new ShardQuery(uint.MaxValue, 63, RateOrder.Forget, 0xfeed_beef, Client),
        new ShardQuery(9, 63, RateOrder.Top, 5, default, 1024, 20),
        new ShardAnswer(8, (uint)SharedVerdict.YoungYes),
        new ClusterProbe(2, "10.0.0.1:4053"),
        new YieldToLarger(),
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_comes_back_as_it_was(object message) => Assert.Equal(message, Again(message));

    [Fact]
    public void Lists_come_back_as_they_were()
    {
        var top = Again(new ShardAnswer(3, 0, new TopRates([(Client, 51), (default, 1)], null)));
        Assert.Equal([(Client, 51u), (default, 1u)], top.Top!.Rates);
        Assert.Null(top.Top.Next);
        Assert.Equal([(Client, new RateHistory(1, 2, 3))], Again(new HotRates(5, 7, [(Client, new RateHistory(1, 2, 3))])).Rates);
        Assert.Equal(
            [Seen, Seen with { Up = false, Since = null }],
            Again(new HealthReport([Seen, Seen with { Up = false, Since = null }])).Servers);
        var order = Again(new NodeOrder(9, Access.Full, ["kill", "--sni", "bücher.example"]));
        Assert.Equal((9u, Access.Full), (order.Id, order.Access));
        Assert.Equal(["kill", "--sni", "bücher.example"], order.Words);
    }

    [Fact]
    public void The_largest_messages_fit_into_a_frame_and_larger_ones_are_not_read()
    {
        var evidence = Seen with { Backend = new string('b', 64), Server = new string('s', 64), Since = DateTimeOffset.UtcNow };
        var hot = Enumerable.Repeat(
            (new AddressKey(ulong.MaxValue, ulong.MaxValue), new RateHistory(uint.MaxValue, uint.MaxValue, uint.MaxValue)),
            HotRates.MostAtOnce);
        IsTheLargest(
            new HealthReport([.. Enumerable.Repeat(evidence, PeerReport.MaxServers)]),
            new HealthReport([.. Enumerable.Repeat(evidence, PeerReport.MaxServers + 1)]));
        IsTheLargest(new HotRates(63, uint.MaxValue, [.. hot]), new HotRates(63, uint.MaxValue, [.. hot, default]));
        IsTheLargest(
            new OrderAnswer(3, true, new byte[OrderAnswer.MostAtOnce]), new OrderAnswer(3, true, new byte[OrderAnswer.MostAtOnce + 1]));
        IsTheLargest(
            new NodeOrder(1, Access.ReadOnly, [.. Enumerable.Repeat("word", OperatorParser.MaxWords)]), new NodeOrder(
                1, Access.ReadOnly, [.. Enumerable.Repeat("word", OperatorParser.MaxWords + 1)]));
    }

    private static void IsTheLargest<T>(T message, T tooLarge)
        where T : class
    {
        Again(message);
        Assert.InRange(Serializer.ToBinary(message).Length, 1, MaxFrame);
        Assert.Throws<SerializationException>(() => Again(tooLarge));
    }

    [Theory]
    [InlineData("ShardQuery", "")]
    [InlineData("ShardQuery", "{")]
    [InlineData("ShardQuery", "null")]
    [InlineData("ShardQuery", "{}")]
    [InlineData("ShardQuery", """{"Id":1,"Shard":1,"Order":3,"Listener":1,"Address":{"High":0,"Low":0},"From":-1,"Most":1}""")]
    [InlineData("HotRates", """{"Shard":1,"Listener":1,"Rates":null}""")]
    [InlineData("NodeOrder", """{"Id":1,"Access":0,"Words":7}""")]
    [InlineData("System.String", "\"text\"")]
    [InlineData("", "{}")]
    public void What_is_no_message_is_refused(string manifest, string text) =>
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(Encoding.UTF8.GetBytes(text), manifest));
}
