namespace EdgeActors.Tests.Connection;

public sealed partial class ConnectionAdmissionSpecs
{
    [Fact]
    public void A_client_waits_for_the_limiter_no_longer_than_the_timeout()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit());
        var (first, firstLink) = Start();
        Peeked(first);
        Settled(first);
        _time.Advance(0.6 * AdmissionTimeout);
        var (second, secondLink) = Start();
        Peeked(second);
        Settled(second);
        _time.Advance(0.4 * AdmissionTimeout);
        AwaitCondition(() => firstLink.Connects == 1, Soon);
        Settled(second);
        Assert.Equal(0, secondLink.Connects);
        _time.Advance(0.6 * AdmissionTimeout);
        AwaitCondition(() => secondLink.Connects == 1, Soon);
    }
}
