using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Redirect;

/// <summary>HTTP/1.x typed by hand, and of its responses what matters of a redirect.</summary>
internal static class PlainHttp
{
    private static readonly string[] Fields = ["Location", "Content-Length", "Connection"];

    public static async Task<Socket> Connect(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return socket;
    }

    public static Task Send(this Socket socket, string text) => socket.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>What comes back until the server closes, or until as many header ends as <paramref name="responses"/> are there.</summary>
    public static async Task<string> Read(this Socket socket, int responses = int.MaxValue)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var text = new StringBuilder();
        var buffer = new byte[65536];
        while (text.ToString().Split("\r\n\r\n").Length <= responses
            && await socket.ReceiveAsync(buffer, deadline.Token) is var got and > 0)
            text.Append(Encoding.Latin1.GetString(buffer, 0, got));
        return text.ToString();
    }

    public static async Task<string> Ask(IPEndPoint server, string request, bool half = false)
    {
        using var socket = await Connect(server);
        await socket.Send(request);
        if (half)
            socket.Shutdown(SocketShutdown.Send);
        return await socket.Read();
    }

    /// <summary>Such as <c>301 https://x/ 0 close</c>, with a '-' for each field that is not there.</summary>
    public static string Shown(string response)
    {
        var lines = response.Split("\r\n\r\n")[0].Split("\r\n");
        var shown = Fields.Select(field => lines
            .FirstOrDefault(line => line.StartsWith($"{field}:", StringComparison.OrdinalIgnoreCase))?[(field.Length + 1)..].Trim() ?? "-");
        return $"{lines[0].Split(' ').ElementAtOrDefault(1)} {string.Join(' ', shown)}";
    }
}
