using System.Net;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Benchmarks;

/// <summary>Settings as an operator would write them, so that benchmarks run on the defaults of <c>hocon/edge.conf</c>.</summary>
internal static class Settings
{
    /// <param name="more">Keys below <c>edge</c> that differ.</param>
    public static EdgeSettings Read(string more)
    {
        var read = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "{{Hellos.ServerName}}" = web }
              backends { web { servers = ["192.0.2.10:443", "192.0.2.11:443"] } }
              {{more}}
            }
            """);
        return read.Settings ?? throw new InvalidOperationException(string.Join(Environment.NewLine, read.Errors));
    }

    /// <summary>Does not resolve host names.</summary>
    public static BackendPool PoolOf(BackendSettings backend) =>
        new BackendPlan(backend, [.. backend.Servers.Select(static server => (IReadOnlyList<EndPoint>)[server.EndPoint])])
            .ToPool(null, TimeProvider.System);
}
