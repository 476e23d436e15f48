using System.Globalization;
using EdgeActors.Config;
using EdgeActors.Resources;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Resources;

public sealed class DescriptorBudgetSpecs
{
    private static readonly DescriptorNeeds Needs = new(Connections: 1000, Pipes: 100, Silent: 50, Others: 200);

    [Fact]
    public void All_that_is_wanted_is_two_a_connection_two_a_pipe_two_a_held_socket_and_the_others()
    {
        Assert.Equal(2500, Needs.Total);
        Assert.Equal(2520, (Needs with { Redirects = 10, PerRedirect = 2 }).Total);
    }

    [Theory]
    [InlineData(2500, 1000)]
    [InlineData(2501, 1000)]
    // One less is half a connection.
    [InlineData(2499, 999)]
    [InlineData(2498, 999)]
    // Connections give way as long as they have half of what is there for all: (800 - 200) / 4.
    [InlineData(800, 150)]
    public void Connections_give_way_first(int limit, int connections)
    {
        var budget = DescriptorBudget.Fit(limit, Needs);
        Assert.Equal((connections, 100, 50), (budget.Connections, budget.Pipes, budget.Silent));
        Assert.Equal(limit < 2500, budget.Warning is not null);
    }

    [Theory]
    [InlineData(799, 149, 100, 50)]
    [InlineData(600, 100, 66, 33)]
    [InlineData(204, 1, 0, 0)]
    // Not even for one: it is tried all the same.
    [InlineData(200, 1, 0, 0)]
    [InlineData(10, 1, 0, 0)]
    public void Then_pipes_and_held_sockets_do(int limit, int connections, int pipes, int silent)
    {
        var budget = DescriptorBudget.Fit(limit, Needs);
        Assert.Equal((connections, pipes, silent), (budget.Connections, budget.Pipes, budget.Silent));
        if (limit > 204)
            Assert.True(new DescriptorNeeds(budget.Connections, budget.Pipes, budget.Silent, Needs.Others).Total <= limit, $"{budget}");
    }

    [Fact]
    public void Nothing_is_ever_more_than_what_is_wanted_and_nothing_ever_runs_out()
    {
        for (var limit = 204; limit < 2600; limit++)
        {
            var budget = DescriptorBudget.Fit(limit, Needs);
            Assert.True(new DescriptorNeeds(budget.Connections, budget.Pipes, budget.Silent, Needs.Others).Total <= limit, $"{budget}");
            Assert.InRange(budget.Connections, 1, Needs.Connections);
            Assert.InRange(budget.Pipes, 0, Needs.Pipes);
            Assert.InRange(budget.Silent, 0, Needs.Silent);
        }
    }

    [Fact]
    public void Without_a_limit_everything_is_as_wanted()
    {
        var budget = DescriptorBudget.Fit(null, Needs);
        Assert.Equal((1000, 100, 50, null), (budget.Connections, budget.Pipes, budget.Silent, budget.Warning));
        Assert.Equal(12345, budget.ConnectionsOf(12345));
    }

    [Fact]
    public void The_warning_has_the_numbers_and_what_to_raise() => Assert.Equal(
        "600 open files are allowed and 2500 could be needed (2 a connection, 2 a pipe, 2 of each silent-drop.max, 200 others), "
        + "so limits.max-connections is 100 in place of 1000, transport.max-pipes 66 in place of 100, silent-drop.max 33 in place of 50; "
        + "raise the limit (LimitNOFILE=, --ulimit nofile=, ulimit -n) to 2500",
        DescriptorBudget.Fit(600, Needs).Warning);

    [Theory]
    [InlineData(500, 500)]
    [InlineData(750, 750)]
    [InlineData(751, 750)]
    [InlineData(5000, 750)]
    public void Another_configuration_has_what_is_left_beside_what_is_settled(int wanted, int connections) =>
        Assert.Equal(connections, DescriptorBudget.Fit(2000, Needs).ConnectionsOf(wanted));

    [Fact]
    public void Each_door_and_each_check_needs_some()
    {
        static int Others(string more) => DescriptorNeeds.Of(Read(more), 0).Others;
        var least = Others("");
        // An address more is a listening socket on each of the two reactors, with one client more each, once more for another process, and a sink.
        Assert.Equal(least + 10, Others("listeners.more.bind = \"127.0.0.1:7051\""));
        Assert.Equal(least + 2, Others("backends.b.servers = [\"10.0.0.1:1\", \"10.0.0.2:1\"]"));
        Assert.Equal(least, Others("backends.b { servers = [\"10.0.0.1:1\", \"10.0.0.2:1\"], health.enabled = off }"));
        Assert.Equal(least + 1, Others("http-redirect { bind = \"127.0.0.1:80\", max-connections = 10 }"));
        Assert.Equal(least + 22, Others("admin { bind = \"127.0.0.1:8404\", max-connections = 10 }"));
        Assert.Equal(least + 256, Others("control.socket = /run/edge/ctl.sock"));
    }

    [Theory]
    // 50 open, 160 spare, 5 for each reactor's listening socket, 8 a reactor, 2 of one connection.
    [InlineData(238, true)]
    [InlineData(237, false)]
    public void Below_what_it_needs_itself_edge_does_not_start(int limit, bool starts)
    {
        var settings = Read("transport.kind = epoll");
        Assert.Equal(
            starts ? null : "237 open files are allowed, and Edge needs 238 for itself and one connection; "
                + "raise the limit (LimitNOFILE=, --ulimit nofile=, ulimit -n)",
            OpenFiles.Shortage(settings, limit, open: 50));
        Assert.Null(OpenFiles.Shortage(settings, null, open: 50));
        Assert.Equal(DescriptorNeeds.Of(settings, 0).Others + 50, DescriptorNeeds.Of(settings, 50).Others);
    }

    [LinuxFact]
    public void The_kernels_table_of_descriptors_has_room_for_65536_or_all_that_are_allowed()
    {
        var limit = OpenFiles.RaiseLimit()!.Value;
        OpenFiles.Reserve(limit);
        var size = File.ReadLines("/proc/self/status").Single(static line => line.StartsWith("FDSize:", StringComparison.Ordinal));
        Assert.InRange(long.Parse(size["FDSize:".Length..], CultureInfo.InvariantCulture), Math.Min(limit, 65_536), long.MaxValue);
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, ", acme-backend = \"10.0.0.5:80\"")]
    public void Redirects_give_way_in_proportion_so_that_connections_have_half(int each, string more)
    {
        var settings = Read($"http-redirect {{ bind = \"127.0.0.1:80\", max-connections = 1024{more} }}");
        var needs = DescriptorNeeds.Of(settings, 0);
        Assert.Equal((1024, each), (needs.Redirects, needs.PerRedirect));
        var budget = DescriptorBudget.Fit(needs.Others + 400, needs);
        Assert.Equal(100, budget.Connections);
        Assert.InRange(budget.Redirects, 30, 200 / each);
        Assert.True(2 * (budget.Pipes + budget.Silent) + each * budget.Redirects <= 200, $"{budget}");
        Assert.InRange(budget.ConnectionsOf(5000), 100, 103);
        Assert.Equal(budget.Redirects, budget.Apply(settings).HttpRedirect!.MaxConnections);
        Assert.Contains(
            $"{each} of each http-redirect.max-connections, {needs.Others} others), so limits.max-connections is 100 in place of 4096",
            budget.Warning,
            StringComparison.Ordinal);
        Assert.Contains($"http-redirect.max-connections {budget.Redirects} in place of 1024", budget.Warning, StringComparison.Ordinal);
        Assert.Equal(1, DescriptorBudget.Fit(10, needs).Redirects);
    }

    [Fact]
    public void The_portable_transport_has_no_pipes()
    {
        Assert.Equal(0, DescriptorNeeds.Of(Read("transport.kind = sockets"), 0).Pipes);
        if (OperatingSystem.IsLinux())
            Assert.Equal(1024, DescriptorNeeds.Of(Read(""), 0).Pipes);
    }

    [Fact]
    public void What_is_lowered_is_what_the_transport_gets_to_see()
    {
        var settings = DescriptorBudget.Fit(600, Needs).Apply(Read(""));
        Assert.Equal((66, 33), (settings.Transport.MaxPipes, settings.SilentDrop.Max));
    }

    private static EdgeSettings Read(string more) => EdgeSettingsReader.ReadText($$"""
        edge {
          listeners { https { bind = "127.0.0.1:7050" } }
          routes    { "demo.fiscalismia.com" = web }
          backends  { web { servers = ["127.0.0.1:9001"] } }
          transport.reactors = 2
          {{more}}
        }
        """).Settings!;
}
