using System.Net;
using EdgeActors.Connection;
using EdgeActors.Operator;
using EdgeActors.Operator.Syntax;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Operator;

public sealed class OperatorParserSpecs
{
    private static OperatorRequest Read(string line)
    {
        var request = OperatorParser.Parse(line.Split(' '), out var error);
        Assert.Null(error);
        return Assert.IsAssignableFrom<OperatorRequest>(request);
    }

    private static string Error(string line)
    {
        Assert.Null(OperatorParser.Parse(line.Length == 0 ? [] : line.Split(' '), out var error));
        return Assert.IsType<string>(error);
    }

    public static TheoryData<string> Examples() => [.. OperatorVerb.All.SelectMany(static verb => verb.Examples)];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_is_right_and_no_other_verbs(string example)
    {
        Read(example);
        Assert.Contains(OperatorVerb.All, verb => verb.Name == example.Split(' ')[0] && verb.Examples.Contains(example));
    }

    [Fact]
    public void Every_verb_is_declared_whole()
    {
        Assert.Equal(OperatorVerb.All.Count, OperatorVerb.All.Select(static verb => verb.Name).Distinct().Count());
        foreach (var verb in OperatorVerb.All)
        {
            Assert.NotEmpty(verb.Examples);
            Assert.EndsWith(".", verb.Description, StringComparison.Ordinal);
            Assert.All(verb.Options, static option => Assert.Matches("^--[a-z-]+$", option.Name));
            Assert.Equal(verb.Options.Count, verb.Options.Select(static option => option.Name).Distinct().Count());
            // An argument that may be left out has none behind it that may not.
            Assert.Equal(verb.Arguments.OrderBy(static argument => argument.IsOptional), verb.Arguments);
        }
    }

    [Fact]
    public void A_filter_is_made_of_its_options() => Assert.Equal(
        new ListConnections(
            new ConnectionFilter
            {
                Network = Network("10.0.0.0/8"),
                ServerName = "*.example.org",
                Backend = "web",
                Server = "s1",
                Listener = "https",
                State = ConnectionPhase.Joined,
                AgeOver = TimeSpan.FromMinutes(5),
                AgeUnder = TimeSpan.FromHours(2),
                BytesOver = 10 << 20,
                Generation = 41,
            },
            ConnectionSort.Bytes,
            20,
            CountOnly: false),
        Read("connections --ip 10.0.0.0/8 --sni *.EXAMPLE.org. --server web/s1 --listener https --state joined --age-over 5m --age-under=2h --bytes-over 10MiB --generation 41 --sort bytes --top 20"));

    [Fact]
    public void No_options_are_all_connections() =>
        Assert.Equal(new ListConnections(ConnectionFilter.All, null, null, false), Read("connections"));

    [Theory]
    [InlineData("--server 10.0.0.2:443", null, "10.0.0.2:443")]
    [InlineData("--server unix:/run/a.sock", null, "unix:/run/a.sock")]
    [InlineData("--server web/unix:/run/a.sock", "web", "unix:/run/a.sock")]
    [InlineData("--server web/s1/10.0.0.2", "web", "s1/10.0.0.2")]
    [InlineData("--backend web --server s1/10.0.0.2", "web", "s1/10.0.0.2")]
    [InlineData("--backend web --server web/s1", "web", "s1")]
    public void A_server_may_be_named_with_its_backend(string options, string? backend, string server)
    {
        var filter = Assert.IsType<ListConnections>(Read($"connections {options}")).Filter;
        Assert.Equal((backend, server), (filter.Backend, filter.Server));
    }

    [Fact]
    public void The_orders_to_a_server()
    {
        Assert.Equal(new ChangeServer("web", "s1", AdminState.Drain, null), Read("server web/s1 drain"));
        Assert.Equal(new ChangeServer("web", "[fd00::2]:443", AdminState.Maint, null), Read("server web/[fd00::2]:443 maint"));
        Assert.Equal(new ChangeServer("web", "s1", AdminState.Ready, null), Read("server web/s1 ready"));
        Assert.Equal(new ChangeServer("web", "s1", null, 0), Read("server web/s1 weight 0"));
        Assert.Equal(new ChangeServer("web", "s1", null, 256), Read("server web/s1 weight 256"));
    }

    [Fact]
    public void The_questions_about_rates()
    {
        Assert.Equal(new ShowRate(IPAddress.Parse("192.0.2.1")), Read("ratelimit 192.0.2.1"));
        Assert.Equal(new ShowRate(IPAddress.Parse("2001:db8::1")), Read("ratelimit 2001:db8::1"));
        Assert.Equal(new ListRates(20), Read("ratelimit top"));
        Assert.Equal(new ListRates(1000), Read("ratelimit top 1000"));
        Assert.Equal(new ClearRate(IPAddress.Parse("192.0.2.1")), Read("ratelimit clear 192.0.2.1"));
    }

    [Fact]
    public void A_route_is_asked_for_in_its_one_spelling()
    {
        var explain = Assert.IsType<ExplainRoute>(Read("route WWW.Example.ORG. --alpn h2,http/1.1 --ip ::ffff:192.0.2.1 --listener https"));
        Assert.Equal(("www.example.org", "https"), (explain.ServerName, explain.Listener));
        Assert.Equal(["h2", "http/1.1"], explain.Protocols);
        Assert.Equal(IPAddress.Parse("192.0.2.1"), explain.Client);
    }

    [Fact]
    public void A_kill_names_whom_it_is_for()
    {
        Assert.Equal(new KillConnections(ConnectionFilter.All, false, TimeSpan.Zero), Read("kill --all"));
        Assert.Equal(
            new KillConnections(new ConnectionFilter { Generation = 1 }, false, TimeSpan.FromMinutes(5)),
            Read("kill --generation 1 --over 5m"));
        Assert.Equal(new KillConnections(new ConnectionFilter { ServerName = "-" }, true, TimeSpan.Zero), Read("kill --sni - --dry-run"));
    }

    [Theory]
    [InlineData("status", false)]
    [InlineData("watch", false)]
    [InlineData("kill --all", true)]
    [InlineData("kill --all --dry-run", false)]
    [InlineData("server web/s1 drain", true)]
    [InlineData("ratelimit top", false)]
    [InlineData("ratelimit clear 192.0.2.1", true)]
    [InlineData("reload", true)]
    [InlineData("generations", false)]
    [InlineData("floating-ip", false)]
    [InlineData("floating-ip standby", true)]
    [InlineData("log-level", false)]
    [InlineData("log-level debug", true)]
    public void It_is_known_which_of_them_change_something(string line, bool changes) => Assert.Equal(changes, Read(line).Changes);

    [Theory]
    [InlineData("", "what is to be done? Expected one of status, connections, connection, kill, watch, backends, server, routes, route, ratelimit, actors, reload, restart, generations, cluster, floating-ip, log-level")]
    [InlineData("conections", "there is no verb 'conections'; did you mean 'connections'?")]
    [InlineData("connections --backend", "--backend needs a value: --backend BACKEND")]
    [InlineData("connections --backnd web", "connections has no option '--backnd'; did you mean '--backend'?\n'web' is one word too many for connections")]
    [InlineData("connections web", "'web' is one word too many for connections")]
    [InlineData("connections --sort size", "--sort: 'size' is not known here; expected one of age, bytes, idle, id")]
    [InlineData("connections --sort byte", "--sort: 'byte' is not known here; did you mean 'bytes'?")]
    [InlineData("connections --state joind", "--state: 'joind' is not known here; did you mean 'joined'?")]
    [InlineData("connections --top 0", "--top: '0' is no number here; expected 1 to 1000000")]
    [InlineData("connections --top 1000001", "--top: '1000001' is no number here; expected 1 to 1000000")]
    [InlineData("connections --top -1", "--top: '-1' is no number here; expected 1 to 1000000")]
    [InlineData("connections --count=yes", "--count takes no value")]
    [InlineData("connections --ip 10.0.0.1/8", "--ip: '10.0.0.1/8' has bits beyond its prefix; expected 10.0.0.0/8")]
    [InlineData("connections --ip 10", "--ip: '10' is no network; expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32")]
    [InlineData("connections --sni *.", "--sni: '*.' is no server name; expected one such as www.example.org, *.example.org for all below, or -")]
    [InlineData("connections --age-over 5", "--age-over: '5' is no duration; expected one such as 90s, 5m or 2h")]
    [InlineData("connections --age-over infinite", "--age-over: 'infinite' is no duration; expected one such as 90s, 5m or 2h")]
    [InlineData("connections --bytes-over much", "--bytes-over: 'much' is no size; expected one such as 4096, 10MiB or 1GB")]
    [InlineData("connections --backend a --backend b", "--backend is there twice")]
    [InlineData("connections --top 0 --state x --sort y", "--state: 'x' is not known here; expected one of peeking, deciding, queued, dialling, joined, closing\n--sort: 'y' is not known here; did you mean 'id'?\n--top: '0' is no number here; expected 1 to 1000000")]
    [InlineData("connection", "connection needs ID: the connection's number in the log and in the list of connections")]
    [InlineData("connection 0", "ID: '0' is no number here; expected 1 to 9223372036854775807")]
    [InlineData("kill", "kill needs a filter such as --backend NAME, or --all for every connection")]
    [InlineData("kill --dry-run", "kill needs a filter such as --backend NAME, or --all for every connection")]
    [InlineData("kill --all --backend web", "--all stands in place of a filter; expected one of the two")]
    [InlineData("kill --ip nowhere", "--ip: 'nowhere' is no network; expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32")]
    [InlineData("server web drain", "'web' is no server; expected BACKEND/SERVER")]
    [InlineData("server web/ drain", "'web/' is no server; expected BACKEND/SERVER")]
    [InlineData("server /s1 drain", "'/s1' is no server; expected BACKEND/SERVER")]
    [InlineData("server web/s1", "server needs ORDER: drain, maint, ready or weight")]
    [InlineData("server web/s1 drian", "ORDER: 'drian' is not known here; did you mean 'drain'?")]
    [InlineData("server web/s1 weight", "weight needs a number, 0 to 256")]
    [InlineData("server web/s1 weight 257", "weight: '257' is no number here; expected 0 to 256")]
    [InlineData("server web/s1 drain 5", "'5' is one word too many for drain")]
    [InlineData("route 10.0.0.1", "'10.0.0.1' is no server name; expected one such as www.example.org")]
    [InlineData("kill 42", "'42' is one word too many for kill; expected --id 42")]
    [InlineData("kill web", "'web' is one word too many for kill")]
    [InlineData("connections 7", "'7' is one word too many for connections; expected --id 7")]
    [InlineData("route a.test --alpn h2,,x", "--alpn: '' is no protocol; expected such as h2,http/1.1")]
    [InlineData("route a.test --ip 1", "--ip: '1' is no address; expected one such as 192.0.2.1 or 2001:db8::1")]
    [InlineData("ratelimit", "ratelimit needs ADDRESS: an address, top, or clear")]
    [InlineData("ratelimit 10.0.0.0/8", "ADDRESS: '10.0.0.0/8' is no address; expected one such as 192.0.2.1 or 2001:db8::1")]
    [InlineData("ratelimit top 1001", "top: '1001' is no number here; expected 1 to 1000")]
    [InlineData("ratelimit clear", "clear needs an address: ratelimit clear 192.0.2.1")]
    [InlineData("floating-ip here", "STATE: 'here' is not known here; expected one of active, standby, fault")]
    [InlineData("log-level loud", "LEVEL: 'loud' is not known here; expected one of debug, info, warning, error")]
    public void What_is_wrong_is_told_with_what_was_probably_meant(string line, string expected) => Assert.Equal(expected, Error(line));

    [Fact]
    public void What_is_typed_neither_breaks_a_line_nor_fills_the_screen()
    {
        var shown = Error("connections --ip \e[2J" + new string('x', 1000));
        Assert.DoesNotContain('\e', shown);
        Assert.True(shown.Length < 250, shown);
    }

    [Fact]
    public void So_many_words_and_no_more()
    {
        Assert.Null(OperatorParser.Parse([.. Enumerable.Repeat("x", OperatorParser.MaxWords + 1)], out var error));
        Assert.Equal("more than 64 words", error);
        Assert.Null(OperatorParser.Parse([.. Enumerable.Repeat("x", OperatorParser.MaxWords)], out error));
        Assert.StartsWith("there is no verb", error, StringComparison.Ordinal);
    }

    [Fact]
    public void After_two_dashes_nothing_is_an_option() =>
        Assert.Equal(new LogLevel(LogThreshold.Debug), OperatorParser.Parse(["log-level", "--", "debug"], out _));

    private static Cidr Network(string text)
    {
        Assert.True(Cidr.TryParse(text, out var network, out _));
        return network;
    }
}
