using EdgeActors.Operator;
using EdgeActors.Operator.Syntax;

namespace EdgeActors.Tests.Operator;

public class IdFilterSpecs
{
    [Fact]
    public void One_connection_can_be_named_by_its_number()
    {
        var kill = Assert.IsType<KillConnections>(OperatorParser.Parse(["kill", "--id", "7"], out _));
        Assert.Equal(7, kill.Filter.Id);
        Assert.False(kill.Filter.IsAll);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("x")]
    public void A_number_that_is_none_is_a_error(string id)
    {
        Assert.Null(OperatorParser.Parse(["kill", "--id", id], out var error));
        Assert.NotNull(error);
    }
}
