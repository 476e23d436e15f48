using System.Globalization;

namespace EdgeActors.Health;

/// <summary>What to say of a server's certificate. It is reported and nothing more: clients judge it. Pure.</summary>
public static class CertificateExpiry
{
    /// <summary>Renewal is mostly due a month ahead; whoever has two weeks left has missed it.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(14);

    public static bool IsNear(DateTimeOffset expires, DateTimeOffset now) => expires - now < Notice;

    public static string Words(DateTimeOffset expires, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"its certificate {(expires <= now ? "has expired" : $"expires in {(int)(expires - now).TotalDays} day(s)")}, at {expires.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
}
