using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary>A client of the control socket that is no <c>edge ctl</c>: it says what a spec wants it to, and reads lines.</summary>
internal sealed class ControlClientSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;

    private ControlClientSocket(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        _reader = new StreamReader(new NetworkStream(_socket));
    }

    public static ControlClientSocket Connect(string path) => new(path);

    public static string Request(string line, string format = "json") =>
        JsonSerializer.Serialize(new { words = line.Split(' '), format });

    public Task Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public async Task Send(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await _socket.SendAsync(bytes.AsMemory(sent)).AsTask().WaitAsync(Eventually.Deadline);
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <returns>Null: the connection is over.</returns>
    public async Task<string?> Line()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            return await _reader.ReadLineAsync(deadline.Token);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Asks, and reads the whole reply.</summary>
    public async Task<IReadOnlyList<string>> Ask(string line)
    {
        await Send(Request(line) + "\n");
        return await Reply();
    }

    /// <summary>What comes ahead of the end, which has to come.</summary>
    public async Task<IReadOnlyList<string>> Reply()
    {
        var lines = new List<string>();
        while (await Line() is { } line)
        {
            if (line == "{\"end\":true}")
                return lines;
            lines.Add(line);
        }
        throw new EndOfStreamException($"the connection is over after:\n{string.Join('\n', lines)}");
    }

    /// <summary>The one answer.</summary>
    public async Task<JsonElement> Answer(string line)
    {
        var reply = Assert.Single(await Ask(line));
        using var document = JsonDocument.Parse(reply);
        Assert.True(document.RootElement.TryGetProperty("answer", out var answer), reply);
        return answer.Clone();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}
