using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;
using HaproxyImport;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>
/// Random rules (<see cref="RandomHaproxyRules"/>), the same clients sent to HAProxy and to Edge with the imported file: each client gets
/// the same from both, unless a note of the import says otherwise. <c>EDGE_IMPORT_SEEDS=FIRST-LAST</c> chooses other seeds than 0-99.
/// </summary>
[Collection(Heavy.Name)]
public sealed class ImportDifferentialSpecs : IAsyncLifetime
{
    /// <summary>Frontends of one HAProxy and one Edge.</summary>
    private const int Batch = 25;

    /// <summary>Longer than the inspect delay. A client whose outcomes differ is sent again with the second one.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(1200), LongSilence = TimeSpan.FromSeconds(6);

    private readonly TestFolder _folder = new();
    private readonly SemaphoreSlim _sockets = new(256);
    private readonly Dictionary<string, OddServer> _servers = RandomHaproxyRules.Backends.Split(' ')
        .ToDictionary(static name => name, static name => OddServer.That(socket => Answer(socket, name)));

    private sealed record Frontend(int Seed, string Name, RandomHaproxyRules Rules, IPEndPoint Haproxy, IPEndPoint Edge);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
            server.Dispose();
        _folder.Dispose();
        _sockets.Dispose();
        return ValueTask.CompletedTask;
    }

    [RequiresToolFact("haproxy", Root = "HAProxy drops silently on the loopback only with CAP_NET_ADMIN")]
    public async Task Each_client_gets_the_same_from_both_or_a_note_says_otherwise()
    {
        var range = (Environment.GetEnvironmentVariable("EDGE_IMPORT_SEEDS") ?? "0-99").Split('-').Select(int.Parse).ToArray();
        var differences = new List<string>();
        foreach (var seeds in Enumerable.Range(range[0], range[1] - range[0] + 1).Chunk(Batch))
            differences.AddRange(await Run(seeds));
        Assert.True(
            differences.Count == 0, $"{differences.Count} difference(s) without a note:\n{string.Join("\n\n", differences.Take(5))}");
    }

    private async Task<IEnumerable<string>> Run(int[] seeds)
    {
        var frontends = seeds.Select(static seed => new Frontend(
            seed, $"seed{seed}", new RandomHaproxyRules(seed), Loopback.NextEndPoint(), Loopback.NextEndPoint())).ToList();
        await using var haproxy = new BackgroundProcess(
            Tool.Locate("haproxy"), "-db", "-f", _folder.Write("haproxy.cfg", Config(frontends, static one => one.Haproxy)));
        await Eventually.True(
            () => haproxy.HasExited || frontends.TrueForAll(static one => Loopback.IsListening(one.Haproxy)),
            () => $"haproxy does not listen: {haproxy.Err.Text}");
        Assert.False(haproxy.HasExited, haproxy.Err.Text);

        var config = Config(frontends, static one => one.Edge);
        var imported = HaproxyImporter.Run([new ImportSource("haproxy.cfg", config)], static _ => null, ImportVerb.Syntax);
        await using var edge = await EdgeUnderTest.Start(imported.Hocon + "\nedge.log.level = error\nedge.log.connections = off\n");
        var lines = config.Split('\n');
        return (await Task.WhenAll(frontends.Select(async one =>
        {
            var first = Array.IndexOf(lines, $"frontend {one.Name}") + 1;
            var count = one.Rules.Text(one.Name, one.Edge).Split('\n').Length - 1;
            var notes = imported.Notes.Where(note => note.Line >= first && note.Line < first + count).ToList();
            return await Task.WhenAll(RandomHaproxyRules.Clients.Select(client => Compare(one, client, notes)));
        }))).SelectMany(static differences => differences).OfType<string>();
    }

    /// <returns>Null if both give the same, or a note explains the difference.</returns>
    private async Task<string?> Compare(Frontend frontend, RandomHaproxyRules.Client client, List<ImportNote> notes)
    {
        var (there, here) = (await Seen(frontend.Haproxy, client, Silence), await Seen(frontend.Edge, client, Silence));
        if (there == here)
            return null;
        (there, here) = (await Seen(frontend.Haproxy, client, LongSilence), await Seen(frontend.Edge, client, LongSilence));
        if (there == here
            || notes.Exists(note => note.Kind == ImportNoteKind.Lost || note.Instead.Contains(client.Note, StringComparison.Ordinal)))
            return null;
        return $"seed {frontend.Seed}, {client.Name}: HAProxy {there}, Edge {here}\n"
            + $"{frontend.Rules.Text(frontend.Name, frontend.Edge)}{string.Join('\n', notes)}";
    }

    /// <summary>The outcome of a client: the name of the server, closed, or nothing.</summary>
    private async Task<string> Seen(IPEndPoint proxy, RandomHaproxyRules.Client client, TimeSpan silence)
    {
        await _sockets.WaitAsync();
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(proxy);
            if (client.Bytes.Length > 0)
                await socket.SendAsync(client.Bytes);
            using var end = new CancellationTokenSource(silence);
            var buffer = new byte[16];
            var length = await socket.ReceiveAsync(buffer, end.Token);
            return length == 0 ? "closes" : Encoding.ASCII.GetString(buffer, 0, length);
        }
        catch (SocketException)
        {
            return "closes";
        }
        catch (OperationCanceledException)
        {
            return "gives nothing";
        }
        finally
        {
            _sockets.Release();
        }
    }

    private string Config(IEnumerable<Frontend> frontends, Func<Frontend, IPEndPoint> bind)
    {
        const string Rejects = "  tcp-request content reject if { req.ssl_sni b.test }\n";
        var text = new StringBuilder("""
            global
              maxconn 4000
            defaults
              mode tcp
              timeout connect 5s
              timeout client 20s
              timeout server 20s

            """);
        foreach (var one in frontends)
            text.Append(one.Rules.Text(one.Name, bind(one)));
        foreach (var (name, server) in _servers)
            text.Append($"backend {name}\n  server s {server.EndPoint}\n{(name == "gated" ? Rejects : "")}");
        return text.ToString();
    }

    /// <summary>A server that sends its name at once, so that silent clients receive it, too.</summary>
    private static async Task Answer(Socket socket, string name)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(name));
        await Client.ReadToEnd(socket);
    }
}
