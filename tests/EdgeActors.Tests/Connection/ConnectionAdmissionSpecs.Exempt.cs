using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>Clients that are exempt from the limits.</summary>
public sealed partial class ConnectionAdmissionSpecs
{
    [Theory]
    [InlineData("192.0.2.0/24", true)]
    [InlineData("198.51.100.0/24", false)]
    public void An_exempt_client_is_neither_asked_for_nor_counted(string except, bool isExempt)
    {
        Assert.True(Cidr.TryParse(except, out var network, out _));
        _listener = TestSettings.Listener(TestSettings.RateLimit(maxConnections: 1) with
        {
            Except = new AccessList([new AccessRule(network, Denies: false)], deniesUnlisted: true),
        });
        var (first, link) = Start();
        AwaitCondition(() => _peeks.Offered == 1, Soon);
        Assert.Equal(isExempt ? 0 : 1, Node.OpenOf(Client));
        if (isExempt)
        {
            Start();
            AwaitCondition(() => _peeks.Offered == 2, Soon);
            _limiter.ExpectNoMsg(TimeSpan.Zero);
        }
        else
        {
            _limiter.ExpectMsg<RateQuery>(Soon);
        }
        link.Close(CloseReason.Finished, CloseMode.Close);
        ExpectTerminated(first, Soon);
        Assert.Equal(0, Node.OpenOf(Client));
    }
}
