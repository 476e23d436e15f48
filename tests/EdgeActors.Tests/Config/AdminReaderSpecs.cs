using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public class AdminReaderSpecs
{
    private static EdgeSettingsResult Read(string admin, Func<string, string?>? environment = null) => EdgeSettingsReader.ReadText($$"""
        edge { listeners.https.bind = "127.0.0.1:7050"
          routes."a.example" = web
          backends.web.servers = ["127.0.0.1:9001"]
          {{admin}}
        }
        """, "my.conf", environment ?? (static _ => null));

    private static string[] Errors(string admin) => [.. Read(admin).Errors.Select(static error => error.ToString())];

    [Fact]
    public void It_is_off_until_it_has_an_address() => Assert.Null(Read("admin { user = u, password = p }").Settings!.Admin);

    [Fact]
    public void On_the_loopback_it_needs_no_password()
    {
        var admin = Read("admin { bind = \"127.0.0.1:8404\", health-bind = \"[::1]:8405\" }").Settings!.Admin!;
        Assert.Equal(("127.0.0.1:8404", "[::1]:8405", null, true, 64),
            (admin.Bind!.ToString(), admin.HealthBind!.ToString(), admin.Login, admin.MetricsAuth, admin.MaxConnections));
    }

    [Fact]
    public void User_and_password_come_from_the_environment()
    {
        var admin = Read(
            "admin { bind = \"*:8404\", user = ${?EDGE_STATS_USER}, password = ${?EDGE_STATS_PASSWORD}, metrics-auth = off }",
            static name => name == "EDGE_STATS_USER" ? "operator" : "p:ss \"word\"").Settings!.Admin!;
        Assert.Equal((new AdminLogin("operator", "p:ss \"word\""), false), (admin.Login, admin.MetricsAuth));
        Assert.DoesNotContain("word", admin.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Health_alone_may_be_reached_from_outside() => Assert.Null(Read("admin.health-bind = \"*:8405\"").Settings!.Admin!.Bind);

    [Theory]
    [InlineData("bind = \"*:8404\"", "bind: *:8404 can be reached from outside; expected a user and a password, or an address such as \"127.0.0.1:8404\"")]
    [InlineData("bind = \"0.0.0.0:8404\"", "bind: 0.0.0.0:8404 can be reached from outside; expected a user and a password, or an address such as \"127.0.0.1:8404\"")]
    [InlineData("bind = \"10.0.0.1:8404\"", "bind: 10.0.0.1:8404 can be reached from outside; expected a user and a password, or an address such as \"127.0.0.1:8404\"")]
    [InlineData("bind = 8404", "bind: '8404' has no port; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"")]
    [InlineData("bind = []", "bind: an array where an address is expected, such as \"127.0.0.1:8404\", or off")]
    [InlineData("bind = \"127.0.0.1:7050\"", "bind: 127.0.0.1:7050 is taken by 127.0.0.1:7050 of the listener 'https'; expected another address or port")]
    [InlineData("{ bind = \"127.0.0.1:8404\", health-bind = \"127.0.0.1:8404\" }", "health-bind: 127.0.0.1:8404 is taken by 127.0.0.1:8404 of admin; expected another address or port")]
    [InlineData("{ bind = \"127.0.0.1:8404\", user = operator }", "user: there is a user alone; expected user and password, or neither")]
    [InlineData("{ bind = \"127.0.0.1:8404\", password = geheim }", "password: there is a password alone; expected user and password, or neither")]
    [InlineData("{ bind = \"127.0.0.1:8404\", user = \"a:b\", password = geheim }", "user: a user name has no colon; expected another name")]
    [InlineData("{ bind = \"127.0.0.1:8404\", user = u, password = [geheim] }", "password: this is no text on one line; expected password = \"...\"")]
    [InlineData("{ bind = \"127.0.0.1:8404\", user = u, password = \"ge\\nheim\" }", "password: this is no text on one line; expected password = \"...\"")]
    [InlineData("max-connections = 0", "max-connections: '0' is out of range; expected 1 to 10000")]
    [InlineData("metrics-auth = maybe", "metrics-auth: 'maybe' is not known here; expected on, off, true or false")]
    [InlineData("port = 8404", "port: unknown key; expected one of bind, user, password, health-bind, metrics-auth, max-connections")]
    public void Errors_say_what_is_expected_and_never_the_password(string line, string expected)
    {
        var error = Assert.Single(Errors(line[0] == '{' ? $"admin {line}" : $"admin.{line}"));
        Assert.Equal($"my.conf:4: edge.admin.{expected}", error);
        Assert.DoesNotContain("geheim", error, StringComparison.Ordinal);
    }
}
