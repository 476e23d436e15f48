using EdgeActors.Cluster.Commands;

namespace EdgeActors.Tests.Cluster.Commands;

public class ClusterWordsSpecs
{
    private static ClusterWords Read(string line)
    {
        Assert.True(ClusterWords.TryRead(line.Split(' '), out var words, out var error), error);
        return words;
    }

    [Theory]
    [InlineData("--cluster connections --top 3")]
    [InlineData("connections --cluster --top 3")]
    [InlineData("connections --top 3 --cluster")]
    public void The_word_may_stand_anywhere(string line)
    {
        var read = Read(line);
        Assert.Equal((true, null), (read.Everywhere, read.Node));
        Assert.Equal(["connections", "--top", "3"], read.Words);
    }

    [Theory]
    [InlineData("--node 10.0.0.2:4053 status")]
    [InlineData("status --node=10.0.0.2:4053")]
    public void A_node_may_be_named(string line)
    {
        var read = Read(line);
        Assert.Equal((false, "10.0.0.2:4053", false), (read.Everywhere, read.Node, read.IsHere));
        Assert.Equal(["status"], read.Words);
    }

    [Fact]
    public void All_else_is_for_the_node_that_is_asked()
    {
        Assert.True(Read("status").IsHere);
        Assert.Equal(["status", "--", "--cluster"], Read("status -- --cluster").Words);
        Assert.True(Read("status -- --cluster").IsHere);
    }

    [Theory]
    [InlineData("status --node", "--node needs a value: --node NODE")]
    [InlineData("status --node a --cluster", "--node names one node, and --cluster means all of them; expected one of the two")]
    public void Errors_are_told(string line, string expected)
    {
        Assert.False(ClusterWords.TryRead(line.Split(' '), out _, out var error));
        Assert.Equal(expected, error);
    }
}
