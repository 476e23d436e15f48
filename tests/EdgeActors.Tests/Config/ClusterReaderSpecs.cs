using System.Net;
using EdgeActors.Config;

namespace EdgeActors.Tests.Config;

public sealed class ClusterReaderSpecs
{
    private static EdgeSettingsResult Read(string cluster, Func<string, string?>? environment = null) => EdgeSettingsReader.ReadText($$"""
        edge { listeners.https.bind = "127.0.0.1:7050"
          routes."a.example" = web
          backends.web.servers = ["127.0.0.1:9001"]
          cluster { {{cluster}} }
        }
        """, "my.conf", environment ?? (static _ => null));

    private static string[] Errors(string cluster) => [.. Read(cluster).Errors.Select(static error => error.ToString())];

    [Fact]
    public void Nodes_are_addresses_and_names()
    {
        var cluster = Read("enabled = on, name = edge-a, bind = \"127.0.0.1:4054\", seeds = [\"127.0.0.1:4054\", \"[::1]:4053\", \"edges.internal:4053\"]").Settings!.Cluster;
        Assert.Equal(("edge-a", "127.0.0.1:4054"), (cluster.Name, cluster.Bind.ToString()));
        Assert.Equal<EndPoint>(
            [IPEndPoint.Parse("127.0.0.1:4054"), IPEndPoint.Parse("[::1]:4053"), new DnsEndPoint("edges.internal", 4053)], cluster.Seeds);
    }

    [Theory]
    [InlineData("10.0.0.1:4053,10.0.0.2:4053")]
    [InlineData(" 10.0.0.1:4053 , 10.0.0.2:4053,")]
    public void From_the_environment_nodes_come_with_commas(string seeds) => Assert.Equal(
        ["10.0.0.1:4053", "10.0.0.2:4053"],
        Read(
            "seeds = ${?EDGE_SEEDS}",
            name => name == "EDGE_SEEDS" ? seeds : null).Settings!.Cluster.Seeds.Select(static seed => seed.ToString()));

    [Theory]
    [InlineData("bind = \"*:4053\"", "edge.cluster.bind: '*:4053' is every address; the others know this node by it, so expected one of a private network, such as \"10.0.0.1:4053\"")]
    [InlineData("bind = \"0.0.0.0:4053\"", "edge.cluster.bind: '0.0.0.0:4053' is every address; the others know this node by it, so expected one of a private network, such as \"10.0.0.1:4053\"")]
    [InlineData("bind = \"10.0.0.1:0\"", "edge.cluster.bind: the others have to know the port; expected an address such as \"10.0.0.1:4053\"")]
    [InlineData("bind = \"10.0.0.1\"", "edge.cluster.bind: '10.0.0.1' has no port; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"")]
    [InlineData("bind = []", "edge.cluster.bind: an array where an address is expected, such as \"10.0.0.1:4053\"")]
    [InlineData("seeds = [\"10.0.0.1\"]", "edge.cluster.seeds: '10.0.0.1' has no port; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("seeds = [[]]", "edge.cluster.seeds: an array is no node; expected addresses such as [\"10.0.0.1:4053\", \"10.0.0.2:4053\"]")]
    [InlineData("name = \"a b\"", "edge.cluster.name: 'a b' is no name; expected auto, or 1 to 64 characters without spaces and quotes")]
    [InlineData("name = \"\"", "edge.cluster.name: '' is no name; expected auto, or 1 to 64 characters without spaces and quotes")]
    [InlineData("stable-after = 5", "edge.cluster.stable-after: '5' has no unit; expected a duration such as 5s, 100ms or 2m")]
    public void An_error_is_reported_with_what_is_expected(string line, string error) =>
        Assert.Equal(["my.conf:4: " + error], Errors(line));

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        Assert.Empty(Errors($"name = {new string('n', 64)}"));
        Assert.Single(Errors($"name = {new string('n', 65)}"));
    }

    [Fact]
    public void All_errors_are_reported_at_once() =>
        Assert.Equal(3, Errors("bind = \"*:1\", name = \"a b\", seeds = [\"x\", \"10.0.0.1:1\"]").Length);

    [Fact]
    public void Two_readings_of_one_text_are_the_same()
    {
        const string Text = "enabled = on, name = n, seeds = [\"10.0.0.1:1\"]";
        Assert.Equal(Read(Text).Settings!.Cluster, Read(Text).Settings!.Cluster);
        Assert.NotEqual(Read(Text).Settings!.Cluster, Read(Text.Replace(":1\"", ":2\"", StringComparison.Ordinal)).Settings!.Cluster);
    }
}
