using EdgeActors.Settings;

namespace HaproxyImport.Tests;

/// <summary>Stats pages and probes.</summary>
public sealed class AdminImportSpecs
{
    [Fact]
    public void A_stats_page_is_the_admin_address_and_its_password_is_not_copied()
    {
        var imported = Http("""
            listen stats
            mode http
            bind 127.0.0.1:8404
            stats enable
            stats uri /haproxy
            stats refresh 5s
            stats auth operator:pa55word
            """).Tells(5, "Edge's page is at /").Tells(6, "nothing to do").Tells(7, "passwords are not copied");
        Assert.DoesNotContain("pa55word", imported.Hocon);
        Assert.DoesNotContain(imported.Notes, static note => note.ToString().Contains("pa55word", StringComparison.Ordinal));
        var admin = imported.Settings().Admin!;
        Assert.Equal(("127.0.0.1:8404", "operator", "hidden"), (admin.Bind!.ToString(), admin.Login!.User, admin.Login.Password));
        Assert.Null(admin.HealthBind);
    }

    [Fact]
    public void A_monitor_is_the_address_for_probes()
    {
        var imported = Http("frontend live\nmode http\nbind 127.0.0.1:8405\nmonitor-uri /health").TellsNothing();
        Assert.Equal(
            ((BindSettings?)null, "127.0.0.1:8405"), (imported.Settings().Admin!.Bind, imported.Settings().Admin!.HealthBind!.ToString()));
        Http("frontend live\nmode http\nbind 127.0.0.1:8405\nmonitor-uri /alive").Tells(4, "at /health");
    }

    [Fact]
    public void Both_at_one_address_are_one()
    {
        var admin = Http("frontend ops\nmode http\nbind 127.0.0.1:8404\nmonitor-uri /health\nstats enable\nhttp-request use-service prometheus-exporter if { path /metrics }")
            .Tells(6, "/metrics").Settings().Admin!;
        Assert.Equal(("127.0.0.1:8404", (BindSettings?)null, (AdminLogin?)null), (admin.Bind!.ToString(), admin.HealthBind, admin.Login));
    }

    [Fact]
    public void A_page_that_the_network_may_see_needs_a_password()
    {
        Assert.Null(Http("listen stats\nmode http\nbind *:8404\nstats enable").Tells(3, "only with a password").Settings().Admin);
        Assert.Equal(
            "0.0.0.0:8404", Http("listen stats\nmode http\nbind *:8404\nstats enable\nstats auth a:b").Settings().Admin!.Bind!.ToString());
    }

    [Fact]
    public void A_second_page_is_told()
    {
        var imported = Http("listen one\nmode http\nbind 127.0.0.1:1\nbind 127.0.0.1:2\nstats enable\nlisten two\nmode http\nbind 127.0.0.1:3\nstats enable");
        Assert.Equal(
            "127.0.0.1:1",
            imported.Tells(4, "the first one was taken").Tells(6, "the first one was taken").Settings().Admin!.Bind!.ToString());
    }

    [Fact]
    public void A_monitor_beside_a_redirect_needs_an_address_of_its_own() => Assert.Null(
        Http("frontend plain\nmode http\nbind 127.0.0.1:80\nmonitor-uri /health\nhttp-request redirect scheme https code 301")
            .Tells(4, "admin.health-bind")
            .Settings().Admin);

    private static Imported Http(string lines) => Imported.Text($$"""
        {{lines}}
        frontend tls
        bind 127.0.0.1:443
        tcp-request inspect-delay 5s
        tcp-request content reject unless { req.ssl_hello_type 1 }
        default_backend web
        {{Imported.Rest}}
        """);
}
