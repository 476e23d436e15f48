using System.Net;
using EdgeActors.Admit;
using EdgeActors.Cluster;

namespace EdgeActors.Tests.Cluster;

public sealed class ClusterCodecSpecs
{
    private static readonly AddressKey Client = AddressKey.From(IPAddress.Parse("2001:db8::7"));

    public static TheoryData<IClusterMessage, int> Messages => new()
    {
        { new SharedRateQuery(7, RateOrder.Admit, 0xfeed, Client), 25 },
        { new SharedRateQuery(uint.MaxValue, RateOrder.Forget, 1, default), 25 },
        { new SharedRateAnswer(8, (uint)SharedVerdict.YoungYes), 8 },
        { new FindSharedTopRates(9, 63, 5, 1024, 20), 20 },
        { new Census(2, "10.0.0.1:4053"), 4 + 13 },
        { GiveWay.Instance, 0 },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_comes_back_as_it_was_and_is_small(IClusterMessage message, int length)
    {
        var bytes = ClusterCodec.Write(message);
        Assert.Equal(length, bytes.Length);
        Assert.Equal(message, ClusterCodec.Read(ClusterCodec.ManifestOf(message), bytes));
    }

    [Fact]
    public void Rates_come_back_as_they_were()
    {
        var top = new SharedTopRates(3, -1, [(Client, 51), (default, 1)]);
        var topAgain = Assert.IsType<SharedTopRates>(ClusterCodec.Read("ta", ClusterCodec.Write(top)));
        Assert.Equal((top.Id, top.Next), (topAgain.Id, topAgain.Next));
        Assert.Equal(top.Rates, topAgain.Rates);

        var hot = new HotRates(12, 99, [(Client, new RateHistory(4999, 30, 21))]);
        var hotAgain = Assert.IsType<HotRates>(ClusterCodec.Read("hr", ClusterCodec.Write(hot)));
        Assert.Equal((hot.Shard, hot.Listener), (hotAgain.Shard, hotAgain.Listener));
        Assert.Equal(hot.Rates, hotAgain.Rates);
    }

    [Fact]
    public void The_largest_hand_over_fits_into_a_frame()
    {
        var hot = new HotRates(0, 0, [.. Enumerable.Repeat((Client, new RateHistory(1, 2, 3)), HotRates.MostAtOnce)]);
        Assert.InRange(ClusterCodec.Write(hot).Length, 28 * HotRates.MostAtOnce, 64_000);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Cut_at_any_byte_or_with_one_too_many_it_is_no_message_or_another_one(IClusterMessage message, int length)
    {
        var (manifest, bytes) = (ClusterCodec.ManifestOf(message), ClusterCodec.Write(message));
        for (var cut = 0; cut <= length + 1; cut++)
        {
            if (cut == length)
                continue;
            var other = new byte[cut];
            bytes.AsSpan(0, Math.Min(cut, length)).CopyTo(other);
            // Only a text at the end may be of any length.
            if (message is Census && cut >= 4)
                Assert.NotEqual(message, ClusterCodec.Read(manifest, other));
            else
                Assert.Throws<FormatException>(() => ClusterCodec.Read(manifest, other));
        }
    }

    [Fact]
    public void Figures_out_of_range_are_no_message()
    {
        var query = ClusterCodec.Write(new SharedRateQuery(1, RateOrder.Forget, 1, default));
        query[4] = (byte)RateOrder.Forget + 1;
        Assert.Throws<FormatException>(() => ClusterCodec.Read("rq", query));

        var find = ClusterCodec.Write(new FindSharedTopRates(1, RateLimitExtractor.Shards - 1, 1, 0, 1));
        Assert.IsType<FindSharedTopRates>(ClusterCodec.Read("tq", find));
        find[4] = RateLimitExtractor.Shards;
        Assert.Throws<FormatException>(() => ClusterCodec.Read("tq", find));

        var hot = ClusterCodec.Write(new HotRates(RateLimitExtractor.Shards - 1, 1, []));
        Assert.IsType<HotRates>(ClusterCodec.Read("hr", hot));
        hot[0] = RateLimitExtractor.Shards;
        Assert.Throws<FormatException>(() => ClusterCodec.Read("hr", hot));
    }

    [Fact]
    public void Any_bytes_are_a_message_or_a_format_exception()
    {
        var random = new Random(20261125);
        string[] manifests = ["rq", "ra", "tq", "ta", "hr", "ce", "gw", "", "xx"];
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            try
            {
                ClusterCodec.Read(manifests[random.Next(manifests.Length)], bytes);
            }
            catch (FormatException)
            {
                // As it should.
            }
        }
    }

    [Fact]
    public void What_is_no_message_is_not_written()
    {
        Assert.Throws<ArgumentException>(() => ClusterCodec.Write("hello"));
        Assert.Throws<ArgumentException>(() => ClusterCodec.ManifestOf(new object()));
    }
}
