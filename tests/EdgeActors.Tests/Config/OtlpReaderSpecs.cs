using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public class OtlpReaderSpecs
{
    private static EdgeSettingsResult Read(string otlp, Func<string, string?>? environment = null) => EdgeSettingsReader.ReadText($$"""
        edge { listeners.https.bind = "127.0.0.1:7050"
          routes {}
          backends {}
          telemetry.otlp { {{otlp}} }
        }
        """, "my.conf", environment ?? (static _ => null));

    [Fact]
    public void It_is_off_until_it_has_an_endpoint() => Assert.Null(Read("interval = 1s, traces = 1").Settings!.Otlp);

    [Fact]
    public void Every_key_may_be_given_and_headers_come_from_the_environment()
    {
        var otlp = Read(
            "endpoint = \"https://collector.example/otlp\", interval = 1m, traces = 0.01, headers = ${?HEADERS}",
            static _ => "Authorization=Bearer t,x=").Settings!.Otlp!;
        Assert.Equal(
            new OtlpSettings(new Uri("https://collector.example/otlp"), TimeSpan.FromMinutes(1), 0.01, "Authorization=Bearer t,x="), otlp);
        Assert.DoesNotContain("Bearer", otlp.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("endpoint = \"127.0.0.1:4318\"", "endpoint: '127.0.0.1:4318' is no address of a collector; expected such as \"http://127.0.0.1:4318\", or off")]
    [InlineData("endpoint = \"grpc://c:4317\"", "endpoint: 'grpc://c:4317' is no address of a collector; expected such as \"http://127.0.0.1:4318\", or off")]
    [InlineData("endpoint = \"http://c:4318/?a=b\"", "endpoint: 'http://c:4318/?a=b' is no address of a collector; expected such as \"http://127.0.0.1:4318\", or off")]
    [InlineData("interval = 999ms", "interval: 999ms is too short; expected 1s or more")]
    [InlineData("interval = 2d", "interval: '2d' is longer than 1d; expected a duration such as 5s, 100ms or 2m")]
    [InlineData("traces = 1.5", "traces: '1.5' is no share; expected 0 (no connection) to 1 (every connection), such as 0.01")]
    [InlineData("traces = 1%", "traces: '1%' is no share; expected 0 (no connection) to 1 (every connection), such as 0.01")]
    [InlineData("headers = geheim", "headers: these are no headers; expected headers = \"name=value,name=value\"")]
    [InlineData("port = 4318", "port: unknown key; expected one of endpoint, interval, traces, headers")]
    public void A_error_says_what_to_write_instead(string otlp, string expected) =>
        Assert.EndsWith($"edge.telemetry.otlp.{expected}", Assert.Single(Read(otlp).Errors).ToString(), StringComparison.Ordinal);
}
