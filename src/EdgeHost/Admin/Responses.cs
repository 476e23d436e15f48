using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>What all answers have in common.</summary>
internal static class Responses
{
    /// <summary>Ahead of everything: nobody may frame, sniff, keep or embed what is shown here.</summary>
    public static void Secure(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    /// <summary>Whether it is a GET or HEAD; anything else is refused.</summary>
    public static bool IsRead(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return true;
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = "GET, HEAD";
        return false;
    }

    public static Task Bytes(HttpContext context, ReadOnlyMemory<byte> body, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }

    public static Task NotFound(HttpContext context) => Status(context, StatusCodes.Status404NotFound, "not found\n");

    public static async Task Status(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        await Bytes(context, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
    }
}
