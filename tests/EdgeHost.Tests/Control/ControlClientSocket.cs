using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeHost.Control;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary>A client of the control socket that is no <c>edge ctl</c>, on one connection.</summary>
internal sealed class ControlClientSocket : IDisposable
{
    private readonly HttpClient _http;

    private ControlClientSocket(string path) => _http = new HttpClient(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 1,
        UseProxy = false,
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://edge"),
        Timeout = Eventually.Deadline,
    };

    public static ControlClientSocket Connect(string path) => new(path);

    public async Task<(HttpStatusCode Status, string Body)> Get(string path)
    {
        using var response = await _http.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <param name="body">JSON, or what a spec sends in its place.</param>
    public async Task<(HttpStatusCode Status, string Body)> Post(string body)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "/api") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        // A body that is refused is not sent: the server closes, and a client that still writes would see a broken pipe.
        request.Headers.ExpectContinue = body.Length > ControlServer.MaxBody;
        using var response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The answers of an order that goes on.</summary>
    public async Task<StreamReader> Stream(string line)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api") { Content = new StringContent(Order(line)) };
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The one answer.</summary>
    public async Task<JsonElement> Answer(string line)
    {
        var (status, body) = await Post(Order(line));
        Assert.True(status == HttpStatusCode.OK, body);
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    public void Dispose() => _http.Dispose();

    public static string Order(string line) => JsonSerializer.Serialize(new { words = line.Split(' ') });
}
