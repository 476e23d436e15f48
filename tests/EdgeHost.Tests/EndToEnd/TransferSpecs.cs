using System.Security.Cryptography;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Many bytes, with curl on the one side and nginx on the other.</summary>
[Collection(Heavy.Name)]
public sealed class TransferSpecs : IAsyncLifetime
{
    private const string Name = "files.test";
    private const int Size = 100 * 1024 * 1024;

    private readonly TestFolder _folder = new();
    private NginxBackend _nginx = null!;
    private EdgeUnderTest _edge = null!;

    public async ValueTask InitializeAsync()
    {
        _nginx = await NginxBackend.Start(Name);
        _edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "{{Name}}" = files }
              backends { files { servers = ["{{_nginx.EndPoint}}"] } }
            }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _edge.DisposeAsync();
        await _nginx.DisposeAsync();
    }

    [RequiresToolFact("nginx", "curl")]
    public async Task A_download_of_100_MB_arrives_as_it_was()
    {
        Fill(_nginx.ServedFile("big"));
        await Curl("--output", _folder.File("got"), Url("big"));
        Assert.Equal(Sum(_nginx.ServedFile("big")), Sum(_folder.File("got")));
        Assert.True(await Carried("down") > Size);
        await _edge.ShouldHoldNothing();
    }

    [RequiresToolFact("nginx", "curl")]
    public async Task An_upload_of_100_MB_arrives_as_it_was()
    {
        Fill(_folder.File("big"));
        await Curl("--upload-file", _folder.File("big"), Url("up/big"));
        Assert.Equal(Sum(_folder.File("big")), Sum(_nginx.ServedFile("up/big")));
        Assert.True(await Carried("up") > Size);
        await _edge.ShouldHoldNothing();
    }

    [RequiresToolFact("nginx", "curl")]
    public async Task Four_downloads_at_a_time_do_not_mix()
    {
        const int Part = Size / 10;
        string[] names = ["a", "b", "c", "d"];
        foreach (var name in names)
            Fill(_nginx.ServedFile(name), Part);
        await Task.WhenAll(names.Select(name => Curl("--output", _folder.File(name), Url(name))));
        foreach (var name in names)
            Assert.Equal(Sum(_nginx.ServedFile(name)), Sum(_folder.File(name)));
        await _edge.ShouldHoldNothing();
    }

    private string Url(string file) => $"https://{Name}:{_edge.EndPoint.Port}/{file}";

    private async Task Curl(params string[] arguments) => (await Tool.Run(
        "curl", ["--silent", "--show-error", "--fail", "--insecure", "--resolve", $"{Name}:{_edge.EndPoint.Port}:127.0.0.1", .. arguments]))
        .ShouldSucceed();

    private async Task<long> Carried(string direction)
    {
        var line = await _edge.Log.WaitFor(line => LogLine.Is(line, "CLOSE"), "CLOSE");
        Assert.Equal("FINISHED", new LogLine(line)["reason"]);
        return long.Parse(new LogLine(line)[direction]);
    }

    private static void Fill(string path, int size = Size)
    {
        var bytes = new byte[size];
        Random.Shared.NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static string Sum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }
}
