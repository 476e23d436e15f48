using System.Net;

namespace HaproxyImport.Tests;

/// <summary>What is of the whole process, the redirect of plain HTTP, and sections.</summary>
public sealed class ProcessImportSpecs
{
    [Theory]
    [InlineData("", "", 4096)]
    [InlineData("maxconn 900", "", 900)]
    [InlineData("maxconn 900", "maxconn 800", 800)]
    [InlineData("maxconn 700", "maxconn 800", 700)]
    [InlineData("", "maxconn 800", 800)]
    public void Connections_are_limited_by_the_smaller_figure(string global, string frontend, int limit) => Assert.Equal(
        limit, Imported.Text($"global\n{global}\nfrontend tls\nbind *:443\n{frontend}\ndefault_backend web\n{Imported.Rest}")
            .Settings().Limits.MaxConnections);

    [Fact]
    public void Figures_of_the_process()
    {
        var settings = Imported.Text($"""
            global
            nbthread 3
            hard-stop-after 90s
            tune.pipesize 65536
            maxpipes 7
            frontend tls
            bind *:443
            default_backend web
            {Imported.Rest}
            """).Settings();
        Assert.Equal((3, 65_536, 7), (settings.Transport.Reactors, settings.Transport.PipeSize, settings.Transport.MaxPipes));
        Assert.Equal(TimeSpan.FromSeconds(90), settings.DrainTimeout);
    }

    [Fact]
    public void A_redirect_of_plain_HTTP()
    {
        var imported = Redirect("""
            rate-limit sessions 128
            maxconn 500
            timeout http-request 4s
            http-request redirect scheme https code 301
            """).TellsNothing();
        var redirect = imported.Settings().HttpRedirect!;
        Assert.Equal(
            ("127.0.0.1:80", 128, 500, 4.0),
            (Assert.Single(redirect.Binds).ToString(), redirect.Rate, redirect.MaxConnections, redirect.Timeout.TotalSeconds));
        Assert.Null(redirect.AcmeBackend);
    }

    [Theory]
    [InlineData("redirect scheme https", "instead of 302")]
    [InlineData("redirect scheme https code 308 if !{ ssl_fc }", "instead of 308")]
    [InlineData("redirect scheme https code 301 drop-query", "no such option")]
    [InlineData("http-request redirect scheme https code 301\nhttp-request deny if { path /x }", "301 to https, and does nothing else")]
    [InlineData("http-request redirect scheme https code 301\nuse_backend web if { path_beg /x }", "nothing but the challenges")]
    public void What_is_another_answer_is_told(string lines, string words)
    {
        var imported = Redirect(lines);
        Assert.Contains(imported.Notes, note => note.Instead.Contains(words, StringComparison.Ordinal));
        Assert.Null(imported.Settings().HttpRedirect!.Rate);
    }

    [Fact]
    public void Challenges_of_ACME_go_on_to_their_server()
    {
        var redirect = Redirect("""
            acl acme path_beg /.well-known/acme-challenge/
            http-request redirect scheme https code 301 unless acme
            use_backend certbot if acme
            backend certbot
            mode http
            server c 10.0.0.5:8080
            """).TellsNothing().Settings().HttpRedirect!;
        Assert.Equal(IPEndPoint.Parse("10.0.0.5:8080"), redirect.AcmeBackend);
    }

    [Fact]
    public void Of_several_redirects_the_addresses_are_joined()
    {
        var imported = Redirect("""
            http-request redirect scheme https code 301
            frontend second
            mode http
            bind 127.0.0.1:81
            http-request redirect scheme https code 301
            """);
        Assert.Equal(["127.0.0.1:80", "127.0.0.1:81"], imported.Settings().HttpRedirect!.Binds.Select(static bind => bind.ToString()));
    }

    [Fact]
    public void Defaults_are_those_above_or_those_that_are_named()
    {
        var imported = Imported.Text("""
            defaults slow
            timeout server 1h
            retries 1
            defaults slower from slow
            timeout server 2h
            defaults
            timeout server 3s
            frontend tls
            bind *:443
            default_backend a
            backend a
            server s 10.0.0.1:443
            backend b from slow
            server s 10.0.0.1:443
            backend c from slower
            server s 10.0.0.1:443
            backend d from nobody
            server s 10.0.0.1:443
            """).Tells(17, "no defaults section 'nobody'");
        var backends = imported.Settings().Backends;
        Assert.Equal([3, 3600, 7200, null], new[] { "a", "b", "c", "d" }.Select(name => backends[name].Timeouts.Server?.TotalSeconds));
        Assert.Equal([3, 1, 1, 3], new[] { "a", "b", "c", "d" }.Select(name => backends[name].Retries));
    }

    [Fact]
    public void A_listen_section_is_a_listener_and_its_backend()
    {
        var imported = Imported.Text("""
            listen database
            bind 127.0.0.1:3306
            tcp-request inspect-delay 5s
            balance leastconn
            timeout client 1h
            timeout server 2h
            server d1 10.0.0.1:3306
            """);
        Assert.Equal("database", imported.Listener().Name);
        Assert.Equal("database", imported.Routes()["*"]);
        Assert.Equal(
            (1.0, 2.0),
            (
                imported.Settings().Backends["database"].Timeouts.Client!.Value.TotalHours,
                imported.Settings().Backends["database"].Timeouts.Server!.Value.TotalHours));
    }

    [Fact]
    public void What_is_between_conditions_is_left_out_line_by_line()
    {
        var imported = Imported.Frontend("""
            .if feature(X)
            .if defined(Y)
            default_backend api
            .endif
            default_backend api
            .else
            default_backend api
            .endif
            default_backend web
            """);
        Assert.Equal("web", imported.Routes()["*"]);
        for (var line = 3; line <= 10; line++)
            imported.Tells(line, line is 5 or 7 or 9 ? "between .if and .endif" : "HOCON has no conditions");
    }

    [Fact]
    public void Variables_that_the_file_sets_have_their_value()
    {
        var imported = Imported.Text("""
            global
            setenv PORT 8443
            presetenv SERVER 10.0.0.7
            frontend tls
            bind "127.0.0.1:${PORT}"
            default_backend web
            backend web
            server s1 "${SERVER}:${PORT-1}"
            """).Tells(8, "this value is taken").TellsNothingOf(5);
        Assert.Equal(
            ("127.0.0.1:8443", "10.0.0.7:8443"), (imported.Listener().Binds[0].ToString(), imported.Web().Servers[0].EndPoint.ToString()));
    }

    [Fact]
    public void Several_files_are_one_configuration()
    {
        var result = HaproxyImporter.Run(
            [
                new("a/10.cfg", "defaults\nmode tcp\nfrontend tls\nbind 127.0.0.1:443\nmoon 1\ndefault_backend web\n"),
                new("a/20.cfg", "stray 1\nbackend web\nserver s1 10.0.0.1:443\nmoon 2\n"),
            ],
            static _ => null, EdgeHost.Cli.ImportVerb.Syntax);
        Assert.Contains("{ name = \"s1\", address = \"10.0.0.1:443\" }", result.Hocon);
        Assert.Contains("# 20.cfg:2", result.Hocon);
        Assert.Equal(
            ["a/10.cfg:5: moon", "a/20.cfg:1: stray", "a/20.cfg:4: moon"],
            result.Notes.Where(static note => note.Kind == ImportNoteKind.Lost)
                .Select(static note => $"{note.File}:{note.Line}: {note.What}"));
    }

    private static Imported Redirect(string lines) => Imported.Text($$"""
        frontend tls
        bind 127.0.0.1:443
        tcp-request inspect-delay 5s
        tcp-request content reject unless { req.ssl_hello_type 1 }
        default_backend web
        {{Imported.Rest}}
        frontend plain
        mode http
        bind 127.0.0.1:80
        {{lines}}
        """);
}
