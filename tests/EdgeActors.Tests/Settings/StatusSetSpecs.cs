using EdgeActors.Settings;

namespace EdgeActors.Tests.Settings;

public class StatusSetSpecs
{
    [Theory]
    [InlineData("2xx", 200, 299)]
    [InlineData("301", 301, 301)]
    [InlineData("200-399", 200, 399)]
    [InlineData("100", 100, 100)]
    [InlineData("5xx", 500, 599)]
    public void A_range_ends_where_it_says(string text, int first, int last)
    {
        var statuses = TestSettings.Statuses(text);
        Assert.Equal(
            (false, true, true, false),
            (statuses.Contains(first - 1), statuses.Contains(first), statuses.Contains(last), statuses.Contains(last + 1)));
    }

    [Fact]
    public void A_list_takes_what_any_of_its_parts_takes()
    {
        var statuses = TestSettings.Statuses("2xx, 301,400-404");
        Assert.Equal([200, 299, 301, 400, 404], new[] { 199, 200, 299, 300, 301, 302, 399, 400, 404, 405 }.Where(statuses.Contains));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("200,")]
    [InlineData("20")]
    [InlineData("2000")]
    [InlineData("099")]
    [InlineData("600")]
    [InlineData("6xx")]
    [InlineData("0xx")]
    [InlineData("2XX")]
    [InlineData("2x")]
    [InlineData("300-200")]
    [InlineData("200-")]
    [InlineData("-200")]
    [InlineData("200-300-400")]
    [InlineData("+20")]
    [InlineData("all")]
    public void Anything_else_is_no_list(string text)
    {
        Assert.False(StatusSet.TryRead(text, out var statuses));
        Assert.False(statuses.Contains(200));
    }

    [Fact]
    public void Equal_are_those_that_take_the_same()
    {
        Assert.Equal(TestSettings.Statuses("2xx, 301"), TestSettings.Statuses("200-299,301"));
        Assert.NotEqual(TestSettings.Statuses("2xx"), TestSettings.Statuses("3xx"));
    }
}
