using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeHost.Tests.Harness;

/// <summary>A real browser without a screen, told what to do over its DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Listening = "DevTools listening on ";

    private readonly TestFolder _folder = new();
    private readonly BackgroundProcess _process;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _calls = new();
    private readonly CancellationTokenSource _ending = new();
    private (string User, string Password)? _login;
    private Task _reading = Task.CompletedTask;
    private string? _session;
    private int _lastCall;

    private Chromium() => _process = new BackgroundProcess(
        Tool.Locate("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", $"--user-data-dir={_folder.Path}", "--remote-debugging-port=0", "about:blank");

    /// <summary>Attempts at a login that were asked for since the last <see cref="LogIn"/>.</summary>
    public int AskedForLogin { get; private set; }

    public static async Task<Chromium> Start()
    {
        var chromium = new Chromium();
        var line = await chromium._process.Err.WaitFor(static line => line.StartsWith(Listening, StringComparison.Ordinal), Listening);
        await chromium._socket.ConnectAsync(new Uri(line[Listening.Length..]), CancellationToken.None);
        chromium._reading = chromium.Read();
        var target = await chromium.Call("Target.createTarget", new { url = "about:blank" });
        var attached = await chromium.Call("Target.attachToTarget", new { targetId = (string)target["targetId"]!, flatten = true });
        chromium._session = (string)attached["sessionId"]!;
        await chromium.Call("Page.enable");
        await chromium.Call("Fetch.enable", new { handleAuthRequests = true });
        return chromium;
    }

    /// <summary>What is typed into the browser's own question for a login, once; a second question is answered with "cancel".</summary>
    public void LogIn(string user, string password)
    {
        _login = (user, password);
        AskedForLogin = 0;
    }

    public async Task Open(string url)
    {
        await Call("Page.navigate", new { url });
        await Eventually.True(
            () => Evaluate<string>("document.readyState").GetAwaiter().GetResult() == "complete", () => $"{url} does not load");
    }

    /// <summary>The value of a JavaScript expression; promises are awaited.</summary>
    public async Task<T> Evaluate<T>(string expression)
    {
        var answer = await Call("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true });
        Assert.True(answer["exceptionDetails"] is null, answer.ToJsonString());
        return answer["result"]!["value"].Deserialize<T>()!;
    }

    public Task WaitFor(string condition) => Eventually.True(
        () =>
            Evaluate<bool>(condition).GetAwaiter().GetResult(), () =>
                $"{condition} in\n{Evaluate<string>("document.body.innerText").GetAwaiter().GetResult()}");

    public Task Resize(int width, int height, bool phone = false) =>
        Call("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = phone });

    public Task Prefer(string scheme) =>
        Call("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = scheme } } });

    public async Task Screenshot(string file)
    {
        var shot = await Call("Page.captureScreenshot", new { captureBeyondViewport = true });
        await File.WriteAllBytesAsync(file, Convert.FromBase64String((string)shot["data"]!));
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _reading;
        _socket.Dispose();
        await _process.DisposeAsync();
        for (var i = 0; i < 50; i++)
        {
            try
            {
                // Its children may still be writing.
                _folder.Dispose();
                return;
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    private async Task<JsonNode> Call(string method, object? parameters = null)
    {
        var id = Interlocked.Increment(ref _lastCall);
        var answer = _calls[id] = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Send(new { id, method, @params = parameters ?? new { }, sessionId = _session });
        return await answer.Task.WaitAsync(Eventually.Deadline);
    }

    private async Task Send(object message)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, Options);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private async Task Read()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                using var message = new MemoryStream();
                ValueWebSocketReceiveResult got;
                do
                {
                    got = await _socket.ReceiveAsync(buffer.AsMemory(), _ending.Token);
                    message.Write(buffer, 0, got.Count);
                }
                while (!got.EndOfMessage);
                if (got.MessageType == WebSocketMessageType.Close)
                    return;
                await Heard(JsonNode.Parse(message.ToArray())!);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The test is over.
        }
    }

    private async Task Heard(JsonNode message)
    {
        if (message["id"] is { } id && _calls.TryRemove((int)id, out var call))
        {
            if (message["error"] is { } error)
                call.SetException(new InvalidOperationException(error.ToJsonString()));
            else
                call.SetResult(message["result"]!);
            return;
        }
        var requestId = (string?)message["params"]?["requestId"];
        switch ((string?)message["method"])
        {
            case "Fetch.requestPaused":
                await Tell("Fetch.continueRequest", new { requestId });
                break;
            case "Fetch.authRequired":
                AskedForLogin++;
                var (user, password) = _login ?? default;
                object answer = _login is null || AskedForLogin > 1
                    ? new { response = "CancelAuth" }
                    : new { response = "ProvideCredentials", username = user, password };
                await Tell("Fetch.continueWithAuth", new { requestId, authChallengeResponse = answer });
                break;
            default:
                break;
        }
    }

    /// <summary>As <see cref="Call"/>, for who reads the answers itself.</summary>
    private Task Tell(string method, object parameters) =>
        Send(new { id = Interlocked.Increment(ref _lastCall), method, @params = parameters, sessionId = _session });
}
