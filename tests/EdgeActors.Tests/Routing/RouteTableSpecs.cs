using EdgeActors.Routing;

namespace EdgeActors.Tests.Routing;

public class RouteTableSpecs
{
    private static readonly RouteTable Table = new(7, new Dictionary<string, string>
    {
        ["fiscalismia.com"] = "react",
        ["demo.fiscalismia.com"] = "demo_react",
        ["backend.demo.fiscalismia.com"] = "demo_rest_api",
    });

    [Theory]
    [InlineData("fiscalismia.com", "react")]
    [InlineData("demo.fiscalismia.com", "demo_react")]
    [InlineData("backend.demo.fiscalismia.com", "demo_rest_api")]
    public void A_name_leads_to_its_backend(string serverName, string backend)
    {
        Assert.True(Table.TryFind(serverName, default, out var found));
        Assert.Equal(backend, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("com")]
    [InlineData("x.fiscalismia.com")]
    [InlineData("demo.fiscalismia.co")]
    [InlineData("Demo.fiscalismia.com")] // names come in one spelling; folding is the reader's work
    public void Any_other_name_leads_nowhere(string serverName)
    {
        Assert.False(Table.TryFind(serverName, default, out var found));
        Assert.Null(found);
    }

    [Fact]
    public void It_knows_its_generation_and_its_routes()
    {
        Assert.Equal((7, 3), (Table.Generation, Table.Routes.Length));
        Assert.Equal(
            ["backend.demo.fiscalismia.com", "demo.fiscalismia.com", "fiscalismia.com"], Table.Routes.Select(r => r.ServerName).Order());
    }

    [Fact]
    public void The_empty_table_routes_nothing() => Assert.False(RouteTable.Empty.TryFind("fiscalismia.com", default, out _));

    [Theory]
    [InlineData("a.example")]
    [InlineData("*.a.example")]
    [InlineData("*")]
    public void A_name_that_comes_twice_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new RouteTable(1, [KeyValuePair.Create(name, "x"), KeyValuePair.Create(name, "y")]));
}
