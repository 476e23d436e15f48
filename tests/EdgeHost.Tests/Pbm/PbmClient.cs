using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pbm;

/// <summary>Whoever sits before <c>pbm</c>, in the words of the tests' stand-in for it.</summary>
internal sealed class PbmClient : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly StreamReader _lines;

    public PbmClient(IPEndPoint endPoint)
    {
        _client.Connect(endPoint);
        _lines = new StreamReader(_client.GetStream());
    }

    public async Task Ask(string line) => await _client.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"));

    public async Task<PbmAnswer> Next()
    {
        var line = await _lines.ReadLineAsync().WaitAsync(Eventually.Deadline);
        return JsonSerializer.Deserialize<PbmAnswer>(Assert.IsType<string>(line), JsonSerializerOptions.Web)!;
    }

    /// <summary>All of one answer.</summary>
    public async Task<IReadOnlyList<PbmAnswer>> Run(string line)
    {
        await Ask(line);
        List<PbmAnswer> answers = [];
        do
            answers.Add(await Next());
        while (!answers[^1].Final);
        return answers;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _client.Dispose();
    }
}

internal sealed record PbmAnswer(string Text, bool Error, bool Final);
