using System.Diagnostics.Metrics;
using EdgeActors.Config;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Telemetry.Stats;

/// <summary>What who collects by OpenTelemetry gets to see.</summary>
public sealed class TrafficInstrumentsSpecs : EdgeTestKit
{
    [Fact]
    public async Task Figures_come_with_the_names_of_the_configuration()
    {
        await using var log = new EdgeLog(TestLog(), Stream.Null, TimeProvider.System);
        var settings = EdgeSettingsReader.ReadText("""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes {}
              backends { web { servers = [{ name = s1, address = "127.0.0.1:9" }], health { enabled = off } } }
            }
            """).Settings!;
        await using var node = await EdgeNode.Start(Sys, settings, log, TimeProvider.System);
        await node.State.Listeners.Bound();
        var traffic = node.State.Routes.Current.Backends.Single().Pool.Traffic;
        traffic.Enter(1);
        traffic.Leave(EdgeActors.Transport.CloseReason.NoServer, 3, 4);

        var seen = new SortedSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            // Other nodes of this process have meters of the same name.
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == EdgeMeters.Name)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (value > 0 && tags.Length > 0)
                seen.Add($"{instrument.Name} {string.Join(' ', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"))} {value}");
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Superset(
            new SortedSet<string>(StringComparer.Ordinal)
            {
                "edge.backend.connections backend=web 1", "edge.backend.errors backend=web 1", "edge.server.up backend=web server=s1 1",
                "edge.traffic.in backend=web 3", "edge.traffic.out backend=web 4",
            },
            seen);
    }

    private static LogSettings TestLog() => EdgeSettingsReader.ReadText("""
        edge { listeners.a.bind = "127.0.0.1:1", routes {}, backends {} }
        """).Settings!.Log;
}
