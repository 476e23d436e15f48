using System.IO.Pipelines;
using System.Text;
using EdgeActors.Statistics;
using EdgeHost.Admin.Metrics;

namespace EdgeHost.Tests.Admin;

public class ExpositionSpecs
{
    private static async Task<string> Written(bool openMetrics, Action<Exposition> write)
    {
        using var bytes = new MemoryStream();
        var output = PipeWriter.Create(bytes);
        var exposition = new Exposition(output, openMetrics);
        write(exposition);
        exposition.End();
        await output.FlushAsync();
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    [Fact]
    public void Labels_are_escaped() =>
        Assert.Equal(@"a=""x"",b=""\""\\\n""", Encoding.UTF8.GetString(new MetricLabels("a", "x", "b", "\"\\\n").Text));

    [Fact]
    public void Labels_may_be_long()
    {
        var name = new string('s', 5000);
        Assert.Equal($"a=\"{name}\",b=\"{name}\"", Encoding.UTF8.GetString(new MetricLabels("a", name, "b", name).Text));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1, "-1")]
    [InlineData(9007199254740992, "9007199254740992")]
    [InlineData(0.001, "0.001")]
    [InlineData(1.5e300, "1.5E+300")]
    public async Task Numbers_are_whole_where_they_are(double value, string expected) =>
        Assert.EndsWith($"\na {expected}\n", await Written(false, output =>
        {
            output.Family("a", MetricType.Gauge, "help");
            output.Sample(default, value);
        }), StringComparison.Ordinal);

    [Fact]
    public async Task A_counters_family_goes_without_its_total_in_open_metrics_alone()
    {
        static void Write(Exposition output)
        {
            output.Family("a_total", MetricType.Counter, "back\\slash");
            output.Sample(new MetricLabels("x", "1").Text, 2, new MetricLabels("y", "2").Text);
        }
        Assert.Equal("# HELP a_total back\\\\slash\n# TYPE a_total counter\na_total{x=\"1\",y=\"2\"} 2\n", await Written(false, Write));
        Assert.Equal("# HELP a back\\\\slash\n# TYPE a counter\na_total{x=\"1\",y=\"2\"} 2\n# EOF\n", await Written(true, Write));
    }
}
