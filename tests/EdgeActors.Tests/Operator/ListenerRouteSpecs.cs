using EdgeActors.Answers;

namespace EdgeActors.Tests.Operator;

/// <summary><c>routes</c> and <c>route</c> if a listener has routes of its own.</summary>
public sealed class ListenerRouteSpecs : EdgeTestKit
{
    private OperatedNode _edge = null!;

    public override async ValueTask InitializeAsync() => _edge = await OperatedNode.Start(Sys, """
        listeners.open.routes { "inside.test" = other, "*.inside.test" { refuse = alert } }
        """);

    public override async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Routes_are_listed_with_their_listener()
    {
        var routes = await _edge.Table("routes");
        Assert.Equal([OperatedNode.Name, "*.example.org", "inside.test", "*.inside.test"], routes.All("name"));
        Assert.Equal([null, null, "open", "open"], routes.All("listener"));
        Assert.Equal([null, null, null, "alert"], routes.All("refuse"));
        Assert.Equal(["web", "other", "other", null], routes.All("backend"));
        Assert.Equal([2L, 2L, 2L, null], routes.All("servers"));
    }

    [Fact]
    public async Task A_name_is_compared_for_all_listeners_and_explained_for_one()
    {
        var compared = await _edge.Table($"route {OperatedNode.Name}");
        Assert.Equal(["https", "open"], compared.All("listener"));
        Assert.Equal(["web", null], compared.All("backend"));
        Assert.Equal(["a server", "UNKNOWN_SNI, silent-drop"], compared.All("outcome"));

        var inside = await _edge.Facts("route inside.test --listener open");
        Assert.Equal(("open", "other"), (inside.Of("listener"), inside.Of("backend")));
        Assert.Equal(["yes", "no"], inside.Below("servers").All("chosen"));
        Assert.Equal("SNI_REFUSED, alert", (await _edge.Facts("route x.inside.test --listener open")).Of("outcome"));
        Assert.Equal(
            ["UNKNOWN_SNI, silent-drop"], (await _edge.Facts("route inside.test --listener https")).Below("refused").All("outcome"));
        Assert.Equal("there is no listener 'opn'; did you mean 'open'?", await _edge.Error("route inside.test --listener opn"));
    }

    [Fact]
    public async Task A_client_is_routed_by_the_routes_of_its_listener()
    {
        await _edge.Connect("inside.test", listener: 1);
        Assert.Equal(["other"], (await _edge.Table("connections")).All("backend"));
    }
}
