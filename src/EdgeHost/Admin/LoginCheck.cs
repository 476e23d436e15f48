using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EdgeActors.Settings;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>HTTP basic authentication (RFC 7617), compared in constant time. Refusals are delayed; their number is limited, so that they
/// cannot use up all connections.</summary>
/// <param name="login">Null: no login is needed.</param>
/// <param name="maxLate">Delayed refusals at once; further ones are answered with 429 without delay.</param>
internal sealed class LoginCheck(AdminLogin? login, int maxLate)
{
    public static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    private const string Scheme = "Basic ";

    /// <summary>Hashed: a comparison in constant time needs equal lengths.</summary>
    private readonly byte[] _expected = login is null ? [] : SHA256.HashData(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"));
    private int _late;

    public bool IsOn => login is not null;

    /// <returns>False: it has been answered.</returns>
    public async Task<bool> Allows(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        if (login is null || IsRight(given))
            return true;
        var status = StatusCodes.Status401Unauthorized;
        // Browsers first ask without a login, which is answered without delay.
        if (given.Length > 0 && !await WaitLate(context.RequestAborted))
            status = StatusCodes.Status429TooManyRequests;
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"Edge\", charset=\"UTF-8\"";
        await Responses.Status(context, status, "a user and a password are needed\n");
        return false;
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

    private async Task<bool> WaitLate(CancellationToken cancel)
    {
        try
        {
            if (Interlocked.Increment(ref _late) > maxLate)
                return false;
            await Task.Delay(Late, cancel);
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _late);
        }
    }
}

/// <summary>Protects orders against cross-site request forgery: pages of other sites can neither read this token nor send its header
/// without a CORS preflight.</summary>
/// <param name="login">Null: users cannot be told apart, so no order is taken.</param>
internal sealed class PageToken(AdminLogin? login)
{
    public const string Header = "X-Edge-Token";

    /// <summary>Of this process: no token outlives it.</summary>
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>For the page; null: there is none.</summary>
    public string? Text => login is null ? null
        : Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{login.User}:{login.Password}")));

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

    /// <summary>Whether the origin, if there is one, is the requested host. The scheme may differ behind a proxy that ends TLS.</summary>
    private static bool IsOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }
}
