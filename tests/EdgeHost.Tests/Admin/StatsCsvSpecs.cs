using System.Net;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>The CSV beside that of a HAProxy of the same kind.</summary>
public sealed class StatsCsvSpecs
{
    private const string Config = """
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.example" = web }
          backends { web {
            servers = [{ name = s1, address = "127.0.0.1:9", maxconn = 10 }, { name = s2, address = "127.0.0.1:10" }]
            balance = leastconn
            health { interval = 100ms, timeout = 100ms, fall = 1 }
          } }
          admin { bind = "127.0.0.1:0", health-bind = "127.0.0.1:0" }
        }
        """;

    [RequiresToolFact("haproxy")]
    public async Task Columns_and_rows_are_haproxys()
    {
        await using var haproxy = await StatsHaproxy.Start();
        await using var edge = await EdgeUnderTest.Start(Config);
        await Eventually.True(() => edge.Checks.All(static status => status.CheckedAt is not null), () => "no check");
        var (theirs, ours) = (await Read(haproxy.EndPoint), await Read(edge.Admin));

        var columns = theirs[0].TakeWhile(static column => column != "-").Append("-").ToArray();
        Assert.Equal(columns, ours[0].Where(static column => column.Length > 0));

        Assert.Equal(["https,FRONTEND,0", "web,s1,2", "web,s2,2", "web,BACKEND,1"], Rows(ours));
        Assert.Equal(Rows(ours), Rows(theirs)[..4]);
        // What HAProxy fills in is filled in, but for its "fullconn", which Edge does not have, and what changes from one moment to the
        // next.
        for (var row = 1; row <= 4; row++)
        {
            var missing = columns.Where((_, i) => theirs[row][i].Length > 0 && ours[row][i].Length == 0);
            Assert.Equal(row == 4 ? ["slim", "agg_server_status", "agg_server_check_status", "agg_check_status"] : [], missing);
        }
    }

    [RequiresToolFact("haproxy")]
    public async Task Health_is_haproxys_monitor()
    {
        await using var haproxy = await StatsHaproxy.Start();
        await using var edge = await EdgeUnderTest.Start(Config);
        var theirs = await Http.Get(haproxy.EndPoint, "/health");
        var ours = await Http.Get(edge.Health, "/health");
        Assert.Equal((theirs.Status, theirs.Body, theirs.Headers["Content-Type"]), (ours.Status, ours.Body, ours.Headers["Content-Type"]));
    }

    private static async Task<string[][]> Read(IPEndPoint server)
    {
        var answer = (await Http.Get(server, "/stats;csv")).ShouldBe(HttpStatusCode.OK);
        Assert.StartsWith("# pxname,", answer.Body, StringComparison.Ordinal);
        return [.. answer.Body[2..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(','))];
    }

    private static string[] Rows(string[][] csv)
    {
        var type = Array.IndexOf(csv[0], "type");
        return [.. csv[1..].Select(row => $"{row[0]},{row[1]},{row[type]}")];
    }
}
