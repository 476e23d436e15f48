using EdgeActors.Connection;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

public sealed class CloseReasonSpecs
{
    public static TheoryData<CloseReason> All() => [.. Enum.GetValues<CloseReason>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_reason_has_its_row(CloseReason reason)
    {
        var facts = reason.Facts();
        Assert.Matches("^[A-Z_]+$", facts.Label);
        Assert.Matches("^[-CSPRIDKcs][-RQCDL]$", facts.State);
    }

    [Fact]
    public void No_label_comes_twice() =>
        Assert.Equal(Enum.GetValues<CloseReason>().Length, Enum.GetValues<CloseReason>().Select(r => r.Facts().Label).Distinct().Count());

    [Fact]
    public void Every_cause_of_the_transport_has_a_reason()
    {
        foreach (var cause in Enum.GetValues<LinkCause>().Where(c => c is not (LinkCause.None or LinkCause.Decided or LinkCause.Internal)))
            Assert.NotEqual(CloseReason.Internal, CloseReasons.From(cause));
        foreach (var failure in Enum.GetValues<ConnectFailure>())
            Assert.NotEqual(CloseReason.Internal, CloseReasons.From(failure));
    }
}
