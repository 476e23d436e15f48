using EdgeActors.Node;
using EdgeActors.Tests.Operator;
using static EdgeActors.Node.FloatingIpState;

namespace EdgeActors.Tests.Node;

public class FloatingIpRuleSpecs
{
    [Theory]
    // Without addresses it is what was told.
    [InlineData(null, Unknown, Unknown, FloatingIpSource.None)]
    [InlineData(null, Active, Active, FloatingIpSource.Told)]
    [InlineData(null, Standby, Standby, FloatingIpSource.Told)]
    [InlineData(null, Fault, Fault, FloatingIpSource.Told)]
    // With all of them here it is active, whatever was told.
    [InlineData(true, Unknown, Active, FloatingIpSource.Address)]
    [InlineData(true, Active, Active, FloatingIpSource.Address)]
    [InlineData(true, Standby, Active, FloatingIpSource.Address)]
    [InlineData(true, Fault, Active, FloatingIpSource.Address)]
    // Without them it is standby, unless a fault was told.
    [InlineData(false, Unknown, Standby, FloatingIpSource.Address)]
    [InlineData(false, Active, Standby, FloatingIpSource.Address)]
    [InlineData(false, Standby, Standby, FloatingIpSource.Address)]
    [InlineData(false, Fault, Fault, FloatingIpSource.Told)]
    public void The_kernels_word_counts_more_than_anybodys(
        bool? assigned, FloatingIpState told, FloatingIpState expected, FloatingIpSource source) =>
        Assert.Equal((expected, source), FloatingIpRule.Of(assigned, told));
}
