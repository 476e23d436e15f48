using EdgeActors.Listening;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Listening;

/// <summary>A socket is written as <c>OWNER ADDRESS</c>.</summary>
public sealed class SocketPlanSpecs
{
    private static OwnedBind Socket(string text) => new(text.Split(' ')[0], BindSettings.Read(text.Split(' ')[1])!);

    private static IReadOnlyList<OwnedBind> Sockets(string text) => [.. text.Split("; ").Select(Socket)];

    private static SocketPlan Plan(string open, string wanted) => new(Sockets(open), Listeners(wanted));

    private static IReadOnlyList<ListenerSettings> Listeners(string wanted) =>
    [
        .. Sockets(wanted).GroupBy(static socket => socket.Owner).Select(static listener =>
            TestSettings.Listener() with { Name = listener.Key, Binds = [.. listener.Select(static socket => socket.Bind)] }),
    ];

    /// <summary>Sockets that each listener keeps, opens (+ if one of this process overlaps), and that close (-).</summary>
    private static string Shown(SocketPlan plan, string wanted) => string.Join("; ",
    [
        .. Listeners(wanted).Select(listener => string.Join(' ',
        [
            listener.Name,
            .. plan.KeptBy(listener.Name).Select(static kept => $"{kept.Bind}"),
            .. plan.MissingOf(listener.Name).Select(static missing => $"{(missing.Overlaps ? "++" : "+")}{missing.Bind}"),
        ])),
        .. plan.Unowned.Select(static unowned => $"-{unowned.Bind}"),
    ]);

    [Theory]
    // Rename, swap, and a port that the kernel chose.
    [InlineData("a 127.0.0.1:1", "b 127.0.0.1:1", "b 127.0.0.1:1")]
    [InlineData("a 127.0.0.1:1; b 127.0.0.1:2", "a 127.0.0.1:2; b 127.0.0.1:1", "a 127.0.0.1:2; b 127.0.0.1:1")]
    [InlineData("a 127.0.0.1:0; b 127.0.0.1:0", "b 127.0.0.1:0; c 127.0.0.1:0", "b 127.0.0.1:0; c +127.0.0.1:0; -127.0.0.1:0")]
    // Widen: the narrow socket stays.
    [InlineData("a 0.0.0.0:1", "a *:1", "a 0.0.0.0:1 ++*:1")]
    [InlineData("a [::]:1", "b *:1", "b [::]:1 ++*:1")]
    [InlineData("a 127.0.0.1:1; b [::1]:1", "c *:1", "c 127.0.0.1:1 [::1]:1 ++*:1")]
    // Narrow: the wide socket closes, except a dual-mode one, which gets only IPv6 clients beside an IPv4 wildcard.
    [InlineData("a *:1", "a 0.0.0.0:1", "a ++0.0.0.0:1; -*:1")]
    [InlineData("a *:1", "a [::]:1", "a ++[::]:1; -*:1")]
    [InlineData("a 0.0.0.0:1; b [::]:1", "a 127.0.0.1:1", "a ++127.0.0.1:1; -0.0.0.0:1; -[::]:1")]
    [InlineData("a *:1", "a 0.0.0.0:1; b [::]:1", "a ++0.0.0.0:1; b *:1")]
    [InlineData("a 0.0.0.0:1; a *:1", "a 0.0.0.0:1", "a 0.0.0.0:1; -*:1")]
    // Split and merge.
    [InlineData("a 127.0.0.1:1; a 127.0.0.1:2", "a 127.0.0.1:2; b 127.0.0.1:1", "a 127.0.0.1:2; b 127.0.0.1:1")]
    [InlineData("a 0.0.0.0:1; b [::]:1", "c *:1", "c 0.0.0.0:1 [::]:1 ++*:1")]
    // Another port, and another address.
    [InlineData("a 127.0.0.1:1", "a 127.0.0.1:2", "a +127.0.0.1:2; -127.0.0.1:1")]
    [InlineData("a 127.0.0.1:1", "a 127.0.0.1:1; a [::]:1", "a 127.0.0.1:1 +[::]:1")]
    public void A_socket_whose_address_remains_moves_to_its_listener(string open, string wanted, string expected) =>
        Assert.Equal(expected, Shown(Plan(open, wanted), wanted));

    [Theory]
    [InlineData("a *:1", "b [::]:1", true, "b")]
    [InlineData("a *:1", "b 0.0.0.0:1", false, "b")]
    [InlineData("a *:1", "b 127.0.0.1:1; c [::1]:1", false, "b")]
    [InlineData("a 0.0.0.0:1", "b [::]:1", false, null)]
    public void A_closing_socket_has_an_overlapping_owner_or_none(string open, string wanted, bool keepsNewClients, string? owner)
    {
        var plan = Plan(open, wanted);
        var unowned = Assert.Single(plan.Unowned);
        Assert.Equal((keepsNewClients, owner), (plan.HasNewClients(unowned), plan.OverlappingOwner(unowned)));
    }

    /// <summary>The kernel prefers the older of two IPv6 wildcards, which here is the one that stays.</summary>
    [Fact]
    public void A_dual_mode_socket_beside_an_older_one_for_IPv6_has_no_new_clients()
    {
        var plan = Plan("a [::]:1; a *:1", "a [::]:1");
        Assert.Equal("*:1", $"{Assert.Single(plan.Unowned).Bind}");
        Assert.False(plan.HasNewClients(plan.Unowned.Single()));
    }

    [Fact]
    public void Sockets_that_a_new_one_is_opened_beside_share_towner_address() => Assert.Equal(
        ["127.0.0.1:1", "[::1]:1"],
        Plan("a 127.0.0.1:1; a [::1]:1; a 127.0.0.1:2", "a *:1; a 127.0.0.1:2").Shared.Select(static socket => $"{socket.Bind}"));
}
