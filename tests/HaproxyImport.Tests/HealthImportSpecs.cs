using EdgeActors.Settings;

namespace HaproxyImport.Tests;

public sealed class HealthImportSpecs
{
    [Fact]
    public void A_check_has_HAProxys_figures_without_a_word_on_them()
    {
        var health = Health("server s1 10.0.0.1:443 check");
        Assert.True(health.Enabled);
        Assert.Equal(
            (CheckKind.Tcp, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), 3, 2),
            (health.Check, health.Interval, health.Timeout, health.Fall, health.Rise));
        Assert.Equal((InitialHealth.Up, CheckHeader.Off, Observe.Off), (health.Initial, health.SendProxy, health.Observe));
    }

    [Fact]
    public void Figures_of_its_own()
    {
        var health = Health("server s1 10.0.0.1:443 check inter 10s fastinter 500 downinter 1m rise 4 fall 5");
        Assert.Equal((10.0, 0.5, 60.0), (health.Interval.TotalSeconds, health.FastInterval.TotalSeconds, health.DownInterval.TotalSeconds));
        Assert.Equal((5, 4), (health.Fall, health.Rise));
    }

    [Theory]
    [InlineData("", 10_000)]
    [InlineData("timeout connect 1s\n", 10_000)]
    [InlineData("timeout connect 1s\ntimeout check 3s\n", 1000)]
    [InlineData("timeout connect 1s\ntimeout check 3s\noption ssl-hello-chk\n", 4000)]
    [InlineData("timeout connect 9s\ntimeout check 3s\noption ssl-hello-chk\n", 10_000)]
    public void A_whole_check_has_the_interval_or_connecting_and_answering(string lines, int milliseconds) =>
        Assert.Equal(milliseconds, Health($"{lines}server s1 10.0.0.1:443 check inter 10s").Timeout.TotalMilliseconds);

    [Theory]
    [InlineData("check send-proxy-v2", CheckHeader.Local)]
    [InlineData("check send-proxy-v2 check-send-proxy port 9", CheckHeader.Local)]
    [InlineData("check send-proxy-v2 port 9", CheckHeader.Off)]
    [InlineData("check check-send-proxy", CheckHeader.Local)]
    [InlineData("check send-proxy", CheckHeader.Off)]
    public void The_header_of_checks(string options, CheckHeader header) =>
        Assert.Equal(header, Health($"server s1 10.0.0.1:443 {options}").SendProxy);

    [Theory]
    [InlineData("option ssl-hello-chk", "check", CheckKind.Tls)]
    [InlineData("option tcp-check", "check", CheckKind.Tcp)]
    [InlineData("option tcp-check\ntcp-check connect ssl", "check", CheckKind.Tls)]
    [InlineData("", "check check-ssl verify none", CheckKind.Tls)]
    [InlineData("", "check ssl verify none", CheckKind.Tls)]
    [InlineData("", "check ssl verify none no-check-ssl", CheckKind.Tcp)]
    [InlineData("option httpchk", "check", CheckKind.Http)]
    [InlineData("option httpchk", "check check-ssl verify none", CheckKind.Https)]
    [InlineData("option httpchk\nno option httpchk", "check", CheckKind.Tcp)]
    [InlineData("option smtpchk", "check", CheckKind.Tcp)]
    public void How_far_a_check_goes(string lines, string options, CheckKind kind) =>
        Assert.Equal(kind, Health($"{lines}\nserver s1 10.0.0.1:443 {options}").Check);

    [Theory]
    [InlineData("option httpchk", "OPTIONS", "/", null, "2xx,3xx")]
    [InlineData("option httpchk /up", "OPTIONS", "/up", null, "2xx,3xx")]
    [InlineData("option httpchk GET /up", "GET", "/up", null, "2xx,3xx")]
    [InlineData("option httpchk GET /up HTTP/1.1\\r\\nHost:\\ www.test", "GET", "/up", "www.test", "2xx,3xx")]
    [InlineData("option httpchk\nhttp-check send meth HEAD uri /h ver HTTP/1.1 hdr host www.test\nhttp-check expect status 200,204", "HEAD", "/h", "www.test", "200,204")]
    [InlineData("option httpchk\nhttp-check expect status 200-299", "OPTIONS", "/", null, "200-299")]
    [InlineData("option httpchk\nhttp-check expect rstatus ^[23]..", "OPTIONS", "/", null, "2xx,3xx")]
    [InlineData("option httpchk\nhttp-check expect rstatus (2|4)[0-9][0-9]", "OPTIONS", "/", null, "2xx,4xx")]
    public void A_request_and_its_answer(string lines, string method, string path, string? host, string expect)
    {
        var http = Health($"{lines}\nserver s1 10.0.0.1:443 check").Http;
        Assert.Equal((method, path, host, expect), (http.Method, http.Path, http.Host, http.Expect.ToString()));
    }

    [Fact]
    public void A_request_about_the_server_itself() => Assert.Contains(
        "http { method = OPTIONS, path = \"*\", host = \"www\" }",
        Imported.Backend("option httpchk OPTIONS * HTTP/1.1\\r\\nHost:\\ www\nserver s1 10.0.0.1:443 check").TellsNothingOf(5).Hocon);

    [Theory]
    [InlineData("http-check expect string ok", "looks at the status")]
    [InlineData("http-check expect ! status 500", "looks at the status")]
    [InlineData("http-check send hdr X y", "Host header")]
    [InlineData("http-check disable-on-404", "nothing else")]
    public void What_a_check_cannot_ask_is_told(string line, string words) =>
        Imported.Backend($"option httpchk\n{line}\nserver s1 10.0.0.1:443 check").Tells(6, words);

    [Fact]
    public void Reactions()
    {
        var health = Health("server s1 10.0.0.1:443 check observe layer4 error-limit 7 on-error sudden-death on-marked-down shutdown-sessions init-state down");
        Assert.Equal(
            (Observe.Connect, 7, OnError.SuddenDeath, OnMarkedDown.ShutdownSessions, InitialHealth.Down),
            (health.Observe, health.ErrorLimit, health.OnError, health.OnMarkedDown, health.Initial));
        Assert.Equal(OnError.FastInterval, Health("server s1 10.0.0.1:443 check on-error fastinter").OnError);
    }

    [Fact]
    public void Servers_that_are_checked_in_other_ways_are_told() => Imported.Backend("""
        server s1 10.0.0.1:443 check inter 5s
        server s2 10.0.0.2:443 check inter 6s
        server s3 10.0.0.3:443
        server s4 10.0.0.4:443 check inter 5s
        """).Tells(6, "that of 's1' was taken").Tells(7, "is checked, too");

    private static HealthSettings Health(string lines) => Imported.Backend(lines).Web().Health;
}
