using EdgeActors.Health;

namespace EdgeActors.Tests.Health;

public class CertificateExpirySpecs
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Two_weeks_are_enough_and_a_second_less_is_not()
    {
        Assert.False(CertificateExpiry.IsNear(Now.AddDays(14), Now));
        Assert.True(CertificateExpiry.IsNear(Now.AddDays(14).AddSeconds(-1), Now));
    }

    [Theory]
    [InlineData(26, "its certificate expires in 1 day(s), at 2030-01-02T02:00:00Z")]
    [InlineData(0, "its certificate has expired, at 2030-01-01T00:00:00Z")]
    [InlineData(-1, "its certificate has expired, at 2029-12-31T23:00:00Z")]
    public void It_is_told_in_days(int hours, string words) => Assert.Equal(words, CertificateExpiry.Words(Now.AddHours(hours), Now));
}
