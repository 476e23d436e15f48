using Edge.Hocon;
using EdgeActors.Config;

namespace EdgeActors.Tests.Cluster.Tls;

public sealed class ClusterTlsReaderSpecs : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    private (ClusterTlsSettings? Settings, string[] Mistakes) Read(string tls, bool isNeeded = false)
    {
        var reading = new ConfigReading();
        var file = HoconReader.ReadText(tls, _authority.Path("my.conf")).RootOrThrow();
        var defaults = HoconReader.ReadText("tls = auto", "edge.conf").RootOrThrow();
        var section = new ConfigSection(reading, new ConfigScope(file, "edge.cluster", BuiltIn: false), new ConfigScope(defaults, "edge.cluster", BuiltIn: true));
        var settings = ClusterTlsReader.Read(section, isNeeded);
        reading.ReportUnknownKeys();
        return (settings, [.. reading.Mistakes().Select(static mistake => $"{mistake.Path}: {mistake.Message}")]);
    }

    [Fact]
    public void It_is_off_unless_it_is_told()
    {
        Assert.Equal((null, 0), (Read("").Settings, Read("").Mistakes.Length));
        Assert.Equal((null, 0), (Read("tls = off").Settings, Read("tls = off").Mistakes.Length));
    }

    [Fact]
    public void Where_strangers_reach_the_port_it_has_to_be_there_or_be_turned_off()
    {
        _authority.Node("a");
        Assert.Equal(
            ["edge.cluster.bind: other machines reach this address, and whoever does could give orders to this node; expected tls { certificate = ..., key = ..., authority = ... }, or tls = off on a network where nobody else is"],
            Read("bind = \"10.0.0.1:4053\"", isNeeded: true).Mistakes.Where(static mistake => !mistake.Contains("unknown key")));
        Assert.Empty(Read("tls = off", isNeeded: true).Mistakes);
        Assert.Empty(Read("tls { certificate = a.pem, key = a.key, authority = authority.pem }", isNeeded: true).Mistakes);
    }

    [Fact]
    public void Paths_start_from_the_file_that_they_stand_in()
    {
        var node = _authority.Node("a");
        var (settings, mistakes) = Read("tls { certificate = a.pem, key = a.key, authority = authority.pem }");
        Assert.Empty(mistakes);
        Assert.Equal(node, settings);
    }

    [Fact]
    public void Each_of_the_three_is_needed() => Assert.Equal(
        [
            "edge.cluster.tls.authority: this key is missing; expected authority = \"/etc/edge/tls/authority.pem\"",
            "edge.cluster.tls.key: this key is missing; expected key = \"/etc/edge/tls/key.pem\"",
        ],
        Read("tls { certificate = a.pem }").Mistakes.Order());

    [Theory]
    [InlineData("tls = on", "edge.cluster.tls: 'on' where a section is expected: tls { ... }, auto or off")]
    [InlineData("tls { certificate = [], key = a.key, authority = authority.pem }", "edge.cluster.tls.certificate: an array where the path of a PEM file is expected, such as \"/etc/edge/tls/certificate.pem\"")]
    [InlineData("tls { certificate = a.pem, key = a.key, authority = authority.pem, ca = x }", "edge.cluster.tls.ca: unknown key; expected one of certificate, key, authority")]
    public void Mistakes_are_told(string tls, string expected)
    {
        _authority.Node("a");
        Assert.Equal([expected], Read(tls).Mistakes);
    }

    [Fact]
    public void A_file_that_will_not_do_is_told_where_it_is_named()
    {
        _authority.Node("a");
        _authority.Node("old", until: TestAuthority.Now.AddMinutes(-1));
        Assert.Equal(
            [$"edge.cluster.tls.key: cannot read {_authority.Path("b.key")}: there is no such file"],
            Read("tls { certificate = a.pem, key = b.key, authority = authority.pem }").Mistakes);
        Assert.StartsWith(
            $"edge.cluster.tls.certificate: the certificate in {_authority.Path("old.pem")} has expired, at ",
            Assert.Single(Read("tls { certificate = old.pem, key = old.key, authority = authority.pem }").Mistakes));
    }
}
