using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Cluster.Tls;

public sealed class ClusterTlsReaderSpecs : IDisposable
{
    private const string Reachable = "enabled = on, bind = \"10.0.0.1:4053\"";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    private (ClusterTlsSettings? Settings, string[] Errors) Read(string tls)
    {
        var result = EdgeSettingsReader.ReadText(
            $$"""
            edge {
              listeners.https.bind = "127.0.0.1:7050", routes."a.example" = web, backends.web.servers = ["127.0.0.1:9001"]
              cluster { {{tls}} }
            }
            """, _authority.Path("my.conf"));
        return (result.Settings?.Cluster.Tls, [.. result.Errors.Select(static error => $"{error.Path}: {error.Message}")]);
    }

    [Fact]
    public void It_is_off_unless_it_is_told()
    {
        Assert.Equal((null, 0), (Read("").Settings, Read("").Errors.Length));
        Assert.Equal((null, 0), (Read("tls = off").Settings, Read("tls = off").Errors.Length));
    }

    [Fact]
    public void Where_strangers_reach_the_port_it_has_to_be_there_or_be_turned_off()
    {
        _authority.Node("a");
        Assert.Equal(
            ["edge.cluster.bind: other machines reach this address, and whoever does could give orders to this node; expected tls { certificate = ..., key = ..., authority = ... }, or tls = off on a network where nobody else is"],
            Read(Reachable).Errors);
        Assert.Empty(Read(Reachable + ", tls = off").Errors);
        Assert.Empty(Read(Reachable + ", tls { certificate = a.pem, key = a.key, authority = authority.pem }").Errors);
    }

    [Fact]
    public void Paths_start_from_the_file_that_they_stand_in()
    {
        var node = _authority.Node("a");
        var (settings, errors) = Read("tls { certificate = a.pem, key = a.key, authority = authority.pem }");
        Assert.Empty(errors);
        Assert.Equal(node, settings);
    }

    [Fact]
    public void Each_of_the_three_is_needed() => Assert.Equal(
        [
            "edge.cluster.tls.authority: this key is missing; expected authority = \"/etc/edge/tls/authority.pem\"",
            "edge.cluster.tls.key: this key is missing; expected key = \"/etc/edge/tls/key.pem\"",
        ],
        Read("tls { certificate = a.pem }").Errors.Order());

    [Theory]
    [InlineData("tls = on", "edge.cluster.tls: 'on' where a section is expected: tls { ... }, auto or off")]
    [InlineData("tls { certificate = [], key = a.key, authority = authority.pem }", "edge.cluster.tls.certificate: an array where the path of a PEM file is expected, such as \"/etc/edge/tls/certificate.pem\"")]
    [InlineData("tls { certificate = a.pem, key = a.key, authority = authority.pem, ca = x }", "edge.cluster.tls.ca: unknown key; expected one of certificate, key, authority")]
    public void Errors_are_told(string tls, string expected)
    {
        _authority.Node("a");
        Assert.Equal([expected], Read(tls).Errors);
    }

    [Fact]
    public void A_file_that_will_not_do_is_told_where_it_is_named()
    {
        _authority.Node("a");
        _authority.Node("old", until: TestAuthority.Now.AddMinutes(-1));
        Assert.Equal(
            [$"edge.cluster.tls.key: cannot read {_authority.Path("b.key")}: there is no such file"],
            Read("tls { certificate = a.pem, key = b.key, authority = authority.pem }").Errors);
        Assert.StartsWith(
            $"edge.cluster.tls.certificate: the certificate in {_authority.Path("old.pem")} has expired, at ",
            Assert.Single(Read("tls { certificate = old.pem, key = old.key, authority = authority.pem }").Errors));
    }
}
