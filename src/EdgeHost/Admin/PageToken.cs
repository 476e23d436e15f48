using System.Security.Cryptography;
using System.Text;
using EdgeActors.Settings;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>
/// Whether an order comes from the page that this node has shown to who is logged in. Browsers send a login along with whatever a page of someone
/// else's makes them send; they do not let that page read this token, nor send its header unasked, and say whose page it is.
/// </summary>
/// <param name="login">Null: nobody is anybody, and no order is taken.</param>
internal sealed class PageToken(AdminLogin? login)
{
    public const string Header = "X-Edge-Token";

    /// <summary>Of this process: no token outlives it.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>For the page; null: there is none.</summary>
    public string? Text => login is null ? null : Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{login.User}:{login.Password}")));

    /// <returns>Why the order is not taken; null: it is.</returns>
    public string? Refuses(HttpRequest request)
    {
        if (Text is not { } token)
            return "without a user and a password in the configuration, nothing can be changed from here";
        if (request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin") || !IsOwn(request))
            return "this comes from another site";
        if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
            return "expected application/json";
        var given = Encoding.UTF8.GetBytes(request.Headers[Header].ToString());
        return CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(token)) ? null : $"expected the page's own {Header}";
    }

    /// <summary>Whether the origin, if it is said, is the host that was asked. The scheme may differ behind a proxy that ends TLS.</summary>
    private static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
