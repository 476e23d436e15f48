using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EdgeActors.Settings;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>
/// HTTP's basic authentication (RFC 7617). Comparing takes the same time whatever is wrong, and a wrong answer comes late; those who wait for
/// theirs are limited in number, lest they keep everyone else out.
/// </summary>
/// <param name="login">Null: everyone may look.</param>
/// <param name="maxLate">Wrong answers that may be late at once; further ones come at once, as "too many".</param>
internal sealed class LoginCheck(AdminLogin? login, int maxLate)
{
    public static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    private const string Scheme = "Basic ";

    /// <summary>Hashed, as what is compared must have one length.</summary>
    private readonly byte[] _expected = login is null ? [] : Hash(Encoding.UTF8.GetBytes($"{login.User}:{login.Password}"));
    private int _late;

    /// <summary>Whether anybody can be told from anybody else.</summary>
    public bool IsOn => login is not null;

    /// <returns>False: it has been answered.</returns>
    public async Task<bool> Allows(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        if (login is null || IsRight(given))
            return true;
        var status = StatusCodes.Status401Unauthorized;
        // Browsers ask without it first, and are not to wait for that.
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
        return Base64.DecodeFromUtf8(text, decoded, out _, out var length) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(Hash(decoded.AsSpan(0, length)), _expected);
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

    private static byte[] Hash(ReadOnlySpan<byte> text) => SHA256.HashData(text);
}
