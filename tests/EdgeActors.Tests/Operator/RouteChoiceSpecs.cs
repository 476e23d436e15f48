using EdgeActors.Operator.Reports;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Operator;

public sealed class RouteChoiceSpecs
{
    private static readonly RouteTable Table = new(1,
    [
        new RouteSettings("a.test", "a"),
        new RouteSettings("*.a.test", "below-a"),
        new RouteSettings("*.b.a.test", null, [new ProtocolRoute("h2", "h2")]),
        new RouteSettings("*.test", "test", [new ProtocolRoute("acme-tls/1", "acme"), new ProtocolRoute("h2", "h2")]),
        new RouteSettings("*", "other"),
        new RouteSettings("no.test", null, [new ProtocolRoute("h2", null, CloseMode.Alert)], CloseMode.Reset),
    ]);

    [Theory]
    [InlineData("a.test", "", "a.test", "exact", null, "a")]
    [InlineData("x.a.test", "", "*.a.test", "suffix", null, "below-a")]
    [InlineData("x.y.a.test", "h2", "*.a.test", "suffix", null, "below-a")]
    [InlineData("x.b.a.test", "h2", "*.b.a.test", "suffix", "h2", "h2")]
    [InlineData("x.b.a.test", "http/1.1", "*.b.a.test", "suffix", null, null)]
    [InlineData("c.test", "http/1.1,h2,acme-tls/1", "*.test", "suffix", "h2", "h2")]
    [InlineData("c.test", "acme-tls/1", "*.test", "suffix", "acme-tls/1", "acme")]
    [InlineData("c.test", "", "*.test", "suffix", null, "test")]
    [InlineData("test", "", "*", "default", null, "other")]
    [InlineData("atest", "", "*", "default", null, "other")]
    public void It_tells_the_rule_and_comes_to_what_the_table_comes_to(
        string name, string offered, string rule, string match, string? protocol, string? backend)
    {
        var protocols = offered.Length == 0 ? [] : offered.Split(',');
        var choice = RouteChoice.Of(Table, name, protocols);
        Assert.Equal((rule, protocol, backend), (choice.Rule?.ServerName, choice.Protocol, choice.Backend));
        Assert.StartsWith(match + ":", choice.Match, StringComparison.Ordinal);
        Assert.Equal(backend is not null, Table.TryFind(name, Offered(protocols), out var found));
        Assert.Equal(backend, found);
    }

    [Theory]
    [InlineData("", CloseMode.Reset)]
    [InlineData("h2", CloseMode.Alert)]
    public void A_refused_name_is_explained_with_its_mode(string offered, CloseMode mode)
    {
        var protocols = offered.Length == 0 ? [] : offered.Split(',');
        Assert.Equal((null, mode), RouteChoice.Of(Table, "no.test", protocols) is var choice ? (choice.Backend, choice.Refuse) : default);
        Assert.Equal(new RouteMatch(null, mode), Table.Find("no.test", Offered(protocols)));
    }

    [Fact]
    public void Without_a_default_there_may_be_no_rule()
    {
        var choice = RouteChoice.Of(new RouteTable(1, [new RouteSettings("a.test", "a")]), "b.test", []);
        Assert.Null(choice.Rule);
        Assert.Null(choice.Backend);
        Assert.StartsWith("none:", choice.Match, StringComparison.Ordinal);
    }

    [Fact]
    public void On_random_tables_and_names_the_two_agree()
    {
        var random = new Random(1);
        string[] labels = ["a", "b", "aa", "test"];
        for (var round = 0; round < 500; round++)
        {
            var names = Enumerable.Range(0, 8)
                .Select(_ => Name())
                .Select(name => random.Next(3) switch { 0 => name, 1 => "*." + name, _ => "*" })
                .Distinct();
            var table = new RouteTable(
                1, names.Select(name => new RouteSettings(name, random.Next(4) == 0 ? null : "other", [new ProtocolRoute("h2", "h2")])));
            for (var i = 0; i < 20; i++)
            {
                var name = Name();
                string[] offered = random.Next(2) == 0 ? [] : ["x", "h2"];
                table.TryFind(name, Offered(offered), out var backend);
                Assert.Equal(backend, RouteChoice.Of(table, name, offered).Backend);
            }
        }

        string Name() => string.Join('.', Enumerable.Range(0, random.Next(1, 5)).Select(_ => labels[random.Next(labels.Length)]));
    }

    private static AlpnList Offered(IReadOnlyList<string> protocols)
    {
        byte[] names = [
            .. protocols.SelectMany(static protocol => (byte[])[(byte)protocol.Length, .. System.Text.Encoding.ASCII.GetBytes(protocol)])
        ];
        Assert.True(AlpnList.TryCopy(names, out var list));
        return list;
    }
}
