using EdgeActors.Settings;

namespace HaproxyImport.Tests;

public sealed partial class RouteImportSpecs
{
    [Fact]
    public void A_backend_without_servers_or_that_is_not_there_is_no_place_to_go()
    {
        var imported = Imported.Text("""
            frontend tls
            bind 127.0.0.1:443
            use_backend sink if { req.ssl_sni a.test }
            use_backend gone if { req.ssl_sni b.test }
            use_backend plain if { req.ssl_sni c.test }
            use_backend web if { req.ssl_sni d.test }
            backend sink
            backend plain
            mode http
            server s 10.0.0.1:80
            backend web
            server s 10.0.0.1:443
            """);
        Assert.Equal(["d.test"], imported.Tells(3, "has no server").Tells(4, "no such backend").Tells(5, "not in mode tcp").Routes().Keys);
    }

    [Fact]
    public void Each_frontend_has_routes_of_its_own()
    {
        var imported = Imported.Text($$"""
            frontend one
            bind 127.0.0.1:443
            tcp-request inspect-delay 5s
            tcp-request content accept if TRUE
            use_backend api if { req.ssl_sni a.test }
            default_backend web
            frontend two
            bind 127.0.0.1:444
            tcp-request inspect-delay 5s
            use_backend web if { req.ssl_sni b.test }
            default_backend api
            {{Imported.Rest}}
            """);
        Assert.Equal(new Dictionary<string, string?> { ["a.test"] = "api", ["*"] = "web" }, imported.Routes("one"));
        Assert.Equal(new Dictionary<string, string?> { ["b.test"] = "web", ["*"] = "api" }, imported.Routes("two"));
        Assert.Empty(imported.Settings().Routes);
    }

    [Fact]
    public void Rules_for_contents_decide_who_comes_so_far()
    {
        var imported = Imported.Frontend("""
            acl known req.ssl_sni a.test b.test
            tcp-request content reject unless known
            use_backend web if { req.ssl_sni a.test }
            use_backend api if { req.ssl_sni c.test }
            default_backend api
            """);
        Assert.Equal(new Dictionary<string, string?> { ["a.test"] = "web", ["b.test"] = "api" },
            imported.Tells(6, "no client comes to this rule").Routes());
        Assert.Equal(CloseMode.Close, imported.Listener().Refusals.UnknownSni.Mode);
    }

    /// <summary>HAProxy waits only where a tcp-request content rule asks about the hello.</summary>
    [Theory]
    [InlineData("tcp-request inspect-delay 5s", "use_backend api if { req.ssl_sni a.test }", "decides as soon as a client connects")]
    [InlineData("tcp-request content accept if { req.ssl_hello_type 1 }", "use_backend api if { req.ssl_sni a.test }",
        "decides as soon as a client connects")]
    [InlineData("tcp-request inspect-delay 5s", "default_backend web", "where the server speaks first")]
    public void A_frontend_that_does_not_wait_for_the_hello_is_told(string line, string route, string words)
    {
        var imported = Imported.Text($"frontend tls\nbind 127.0.0.1:443\n{line}\n{route}\n{Imported.Rest}").Tells(1, words);
        Assert.Equal(route.StartsWith("default", StringComparison.Ordinal) ? "web" : null, imported.Listener().Refusals.Silent.Backend);
    }
}
