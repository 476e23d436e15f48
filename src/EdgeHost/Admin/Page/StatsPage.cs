using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin.Page;

/// <summary><c>/stats</c>: one self-contained page. Its script and style are allowed by their hashes, and nothing else.</summary>
internal static class StatsPage
{
    private static readonly byte[] Html;
    private static readonly string Policy;

    static StatsPage()
    {
        var (style, script) = (Resource("stats.css"), Resource("stats.js"));
        Html = Encoding.UTF8.GetBytes(Resource("stats.html")
            .Replace("{{style}}", style, StringComparison.Ordinal).Replace("{{script}}", script, StringComparison.Ordinal));
        Policy = $"default-src 'none'; script-src '{Hash(script)}'; style-src '{Hash(style)}'; connect-src 'self'; "
            + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    }

    public static Task Answer(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return Responses.Bytes(context, Html, "text/html; charset=utf-8");
    }

    private static string Hash(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using var stream = typeof(StatsPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
