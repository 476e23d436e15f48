using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using EdgeActors.Settings;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>HTTP basic authentication (RFC 7617), compared in constant time. Wrong logins are limited by address.</summary>
/// <param name="login">Null: no login is needed.</param>
internal sealed class LoginCheck(AdminLogin? login, TimeProvider time)
{
    /// <summary>Wrong logins of one address (IPv6: /64) within <see cref="Window"/>. Beyond it no login of that address is
    /// compared.</summary>
    public const int MaxGuesses = 8;

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private const string Scheme = "Basic ";

    private static readonly PrefixLengths Site = new(AddressKey.IPv4Bits, 64);

    /// <summary>Hashed: a comparison in constant time needs equal lengths.</summary>
    private readonly byte[] _expected = login is null ? [] : SHA256.HashData(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"));

    /// <summary>Logins being compared, and wrong ones of the last <see cref="Window"/>.</summary>
    private readonly ConcurrentDictionary<AddressKey, int> _guesses = new();

    public bool IsOn => login is not null;

    /// <returns>False: it has been answered.</returns>
    public async Task<bool> Allows(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        if (login is null)
            return true;
        // Browsers first ask without a login, which is no guess.
        var status = given.Length == 0 ? StatusCodes.Status401Unauthorized : Check(context, given);
        if (status == StatusCodes.Status200OK)
            return true;
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"Edge\", charset=\"UTF-8\"";
        if (status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        await Responses.Status(context, status, "a user and a password are needed\n");
        return false;
    }

    private int Check(HttpContext context, string given)
    {
        var address = AddressKey.From(context.Connection.RemoteIpAddress ?? IPAddress.None).Network(Site);
        if (_guesses.AddOrUpdate(address, 1, static (_, count) => count + 1) > MaxGuesses)
        {
            Forget(address);
            return StatusCodes.Status429TooManyRequests;
        }
        if (IsRight(given))
        {
            Forget(address);
            return StatusCodes.Status200OK;
        }
        _ = ForgetLater(address);
        return StatusCodes.Status401Unauthorized;
    }

    private bool IsRight(string given)
    {
        if (!given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        var text = Encoding.UTF8.GetBytes(given[Scheme.Length..].Trim());
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, decoded, out _, out var length) == OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(decoded.AsSpan(0, length)), _expected);
    }

    private async Task ForgetLater(AddressKey address)
    {
        await Task.Delay(Window, time);
        Forget(address);
    }

    private void Forget(AddressKey address)
    {
        // Both calls compare the value, so a concurrent guess is not lost.
        while (_guesses.TryGetValue(address, out var count))
        {
            if (count > 1 ? _guesses.TryUpdate(address, count - 1, count) : _guesses.TryRemove(new(address, count)))
                return;
        }
    }
}

/// <summary>Protects orders against cross-site request forgery: pages of other sites can neither read this token nor send its header
/// without a CORS preflight. A token belongs to one session and expires.</summary>
/// <param name="login">Null: users cannot be told apart, so no order is taken.</param>
internal sealed class PageToken(AdminLogin? login, TimeProvider time)
{
    public const string Header = "X-Edge-Token";

    /// <summary>Longer than a page that is open takes to load its figures again, each time with a new token.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const string Cookie = "edge-session";
    private const int SessionLength = 32;

    /// <summary>Of this process: no token outlives it.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>A token of the client's session, which begins here if it has none; null: there is none without a login.</summary>
    public string? Issue(HttpContext context)
    {
        if (login is null)
            return null;
        if (SessionOf(context.Request) is not { } session)
        {
            session = RandomNumberGenerator.GetHexString(SessionLength);
            context.Response.Cookies.Append(Cookie, session, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });
        }
        var expires = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
        return $"{expires}.{Sign(session, expires)}";
    }

    /// <returns>Why the order is not taken; null: it is.</returns>
    public string? Refuses(HttpRequest request)
    {
        if (login is null)
            return "without a user and a password in the configuration, nothing can be changed from here";
        if (request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin") || !IsOwn(request))
            return "this comes from another site";
        if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
            return "expected application/json";
        return IsValid(request) ? null : $"expected a current {Header} of this session: load the page again";
    }

    private bool IsValid(HttpRequest request) =>
        SessionOf(request) is { } session && request.Headers[Header].ToString().Split('.') is [var until, var signature]
        && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(Sign(session, expires)))
        && expires >= time.GetUtcNow().ToUnixTimeSeconds();

    private string Sign(string session, long expires) =>
        Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{session}.{expires}")));

    private static string? SessionOf(HttpRequest request) => request.Cookies[Cookie] is { Length: SessionLength } session ? session : null;

    /// <summary>Whether the origin, if there is one, is the requested host. The scheme may differ behind a proxy that ends TLS.</summary>
    private static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
