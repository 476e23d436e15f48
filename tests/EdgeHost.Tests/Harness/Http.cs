using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace EdgeHost.Tests.Harness;

/// <summary>Requests to the operator's HTTP.</summary>
internal static class Http
{
    private static readonly HttpClient Client = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Eventually.Deadline };

    public static Task<Answer> Get(IPEndPoint server, string path, string? login = null, string? accept = null) =>
        Send(HttpMethod.Get, server, path, login, request =>
        {
            if (accept is not null)
                request.Headers.TryAddWithoutValidation("Accept", accept);
        });

    /// <param name="login">As <c>user:password</c>.</param>
    public static async Task<Answer> Send(
        HttpMethod method, IPEndPoint server, string path, string? login, Action<HttpRequestMessage>? more = null)
    {
        using var request = new HttpRequestMessage(method, $"http://{server}{path}");
        if (login is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(login)));
        more?.Invoke(request);
        using var response = await Client.SendAsync(request);
        return new Answer(
            response.StatusCode, await response.Content.ReadAsStringAsync(), Flat(response.Headers, response.Content.Headers));
    }

    private static Dictionary<string, string> Flat(params HttpHeaders[] all) => all
        .SelectMany(static headers => headers)
        .ToDictionary(static header => header.Key, static header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);

    internal sealed record Answer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public Answer ShouldBe(HttpStatusCode status)
        {
            Assert.True(Status == status, $"{Status} in place of {status}: {Body}");
            return this;
        }
    }
}
