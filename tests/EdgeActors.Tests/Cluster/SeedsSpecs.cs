using System.Net;
using EdgeActors.Cluster;
using EdgeActors.Routing;

namespace EdgeActors.Tests.Cluster;

public sealed class SeedsSpecs
{
    private static readonly NodeAddress A = new("10.0.0.1", 4053), B = new("10.0.0.2", 4053), C = new("10.0.0.2", 4054);

    [Fact]
    public void The_lowest_waits_for_an_answer_and_the_others_wait_their_turn()
    {
        foreach (var (self, turns) in new[] { (A, 0), (B, 1), (C, 2) })
        {
            var seeds = Seeds.Of([C, B, A, B], self);
            var wait = Seeds.AnswerTimeout + turns * Seeds.MakeAfter;
            Assert.False(seeds.MakesCluster(wait - TimeSpan.FromTicks(1), knewOthers: false, clusters: null));
            Assert.True(seeds.MakesCluster(wait, knewOthers: false, clusters: null));
        }
    }

    [Fact]
    public void Where_another_node_is_in_a_cluster_no_node_makes_one()
    {
        Assert.False(Seeds.Of([A, B], A).MakesCluster(TimeSpan.FromHours(1), knewOthers: false, clusters: true));
        Assert.False(Seeds.Of([A, B], B).MakesCluster(TimeSpan.FromHours(1), knewOthers: false, clusters: true));
    }

    [Fact]
    public void Who_has_been_with_others_waits_for_them()
    {
        Assert.False(Seeds.Of([A, B], A).MakesCluster(TimeSpan.FromHours(1), knewOthers: true, clusters: null));
        Assert.False(Seeds.Of([A, B], B).MakesCluster(TimeSpan.FromHours(1), knewOthers: true, clusters: null));
    }

    [Fact]
    public void When_all_others_say_that_they_are_out_the_lowest_makes_a_cluster_and_no_other_does()
    {
        Assert.True(Seeds.Of([A, B], A).MakesCluster(TimeSpan.Zero, knewOthers: true, clusters: false));
        Assert.False(Seeds.Of([A, B], B).MakesCluster(TimeSpan.FromHours(1), knewOthers: true, clusters: false));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(4, 16)]
    [InlineData(5, 16)]
    [InlineData(1000, 16)]
    public void Whom_nobody_lets_in_begins_anew_each_time_after_twice_as_long(int before, int times)
    {
        Assert.False(Seeds.BeginsAnew(times * Seeds.BeginAnewAfter - TimeSpan.FromTicks(1), before));
        Assert.True(Seeds.BeginsAnew(times * Seeds.BeginAnewAfter, before));
    }

    [Fact]
    public void A_node_that_is_not_among_the_seeds_asks_all_of_them()
    {
        var seeds = Seeds.Of([A, B], C);
        Assert.Equal([A, B], seeds.Others);
        Assert.Equal(2, seeds.Rank);
        Assert.True(Seeds.Of([], C).MakesCluster(TimeSpan.Zero, knewOthers: false, clusters: null));
    }

    [Fact]
    public void Addresses_are_sorted_as_members_of_a_cluster_are()
    {
        Assert.True(NodeAddress.Order.Compare(new("10.0.0.10", 1), new("10.0.0.2", 1)) < 0);
        Assert.True(NodeAddress.Order.Compare(B, C) < 0);
        Assert.Equal("[fd00::1]:4053", NodeAddress.Of(new IPEndPoint(IPAddress.Parse("fd00::1"), 4053)).ToString());
    }

    [Fact]
    public async Task A_name_stands_for_all_of_its_addresses_and_one_that_leads_nowhere_for_none()
    {
        var seeds = await Seeds.Resolve(
            [
                new DnsEndPoint("edges.internal", 4053), new DnsEndPoint("nowhere.internal", 4053),
                new IPEndPoint(IPAddress.Parse(B.Host), 4054)
            ], A, new Names());
        Assert.Equal([B, C], seeds.Others);
        Assert.Equal(0, seeds.Rank);
    }

    private sealed class Names : IHostResolver
    {
        public Task<IReadOnlyList<IPAddress>> Resolve(string host) =>
            Task.FromResult<IReadOnlyList<IPAddress>>(host == "edges.internal" ? [IPAddress.Parse(A.Host), IPAddress.Parse(B.Host)] : []);
    }

    [Theory]
    [InlineData(1, "a", 2, "b", true)]
    [InlineData(2, "b", 1, "a", false)]
    [InlineData(1, "a", 1, "b", false)]
    [InlineData(1, "b", 1, "a", true)]
    public void Of_two_clusters_the_smaller_or_the_higher_gives_way(
        int members, string lowest, int others, string othersLowest, bool gives) =>
        Assert.Equal(gives, Islands.Yields(members, lowest, others, othersLowest));

    [Fact]
    public void Exactly_one_of_two_different_clusters_gives_way()
    {
        foreach (var (m, a, n, b) in from m in Enumerable.Range(1, 3) from n in Enumerable.Range(1, 3) from a in "xyz" from b in "xyz" where a != b select (m, a, n, b))
            Assert.NotEqual(Islands.Yields(m, $"{a}", n, $"{b}"), Islands.Yields(n, $"{b}", m, $"{a}"));
    }
}
