using EdgeActors.Routing;

namespace EdgeActors.Tests.Routing;

/// <summary>A name's own route, then that of the longest name that it is below, then the default.</summary>
public class RoutePrecedenceSpecs
{
    private static readonly Dictionary<string, string> Below = new()
    {
        ["a.example"] = "own",
        ["*.example"] = "below-example",
        ["*.a.example"] = "below-a",
        ["*.deep.b.c.example"] = "below-deep",
        ["*.xn--bcher-kva.test"] = "below-books",
    };

    private static readonly RouteTable Table = new(1, Below);
    private static readonly RouteTable WithDefault = new(1, Below.Append(new("*", "default")));

    private static string? Find(RouteTable table, string name) => table.TryFind(name, default, out var backend) ? backend : null;

    [Theory]
    [InlineData("a.example", "own")]
    [InlineData("b.example", "below-example")]
    [InlineData("x.y.z.example", "below-example")]
    [InlineData("x.a.example", "below-a")]
    [InlineData("x.y.a.example", "below-a")]
    [InlineData("aa.example", "below-example")]
    [InlineData("deep.b.c.example", "below-example")]
    [InlineData("x.deep.b.c.example", "below-deep")]
    [InlineData("x.xdeep.b.c.example", "below-example")]
    [InlineData("www.xn--bcher-kva.test", "below-books")]
    public void The_most_specific_route_wins(string name, string backend)
    {
        Assert.Equal(backend, Find(Table, name));
        Assert.Equal(backend, Find(WithDefault, name));
    }

    [Theory]
    [InlineData("example")] // not below itself
    [InlineData("xn--bcher-kva.test")]
    [InlineData("xexample")]
    [InlineData("a.examples")]
    [InlineData("a.example.org")]
    [InlineData("org")]
    public void What_is_below_no_name_has_the_default_or_nothing(string name)
    {
        Assert.Null(Find(Table, name));
        Assert.Equal("default", Find(WithDefault, name));
    }

    [Fact]
    public void The_longest_name_there_can_be_is_found_below_the_last_label_and_below_all_but_the_first()
    {
        var name = string.Join('.', Enumerable.Repeat("a", 127));
        Assert.Equal(253, name.Length);
        Assert.Equal("short", Find(new RouteTable(1, new Dictionary<string, string> { ["*.a"] = "short" }), name));
        var both = new Dictionary<string, string> { ["*.a"] = "short", ["*." + name[2..]] = "long" };
        Assert.Equal("long", Find(new RouteTable(1, both), name));
        Assert.Equal("short", Find(new RouteTable(1, both), name[2..]));
    }

    [Fact]
    public void A_default_route_alone_takes_every_name() =>
        Assert.Equal("web", Find(new RouteTable(1, new Dictionary<string, string> { ["*"] = "web" }), "any.name.example"));

    [Fact]
    public void Of_100000_routes_each_leads_where_it_should()
    {
        var routes = new Dictionary<string, string>();
        for (var i = 0; i < 50_000; i++)
        {
            routes[$"shop-{i}.example"] = $"own-{i}";
            routes[$"*.shop-{i}.example"] = $"below-{i}";
        }
        var table = new RouteTable(1, routes);
        for (var i = 0; i < 50_000; i += 7)
        {
            Assert.Equal($"own-{i}", Find(table, $"shop-{i}.example"));
            Assert.Equal($"below-{i}", Find(table, $"www.x.shop-{i}.example"));
        }
        Assert.Null(Find(table, "www.shop-50000.example"));
    }
}
