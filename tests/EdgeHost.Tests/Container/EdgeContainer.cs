using System.Text.Json;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Container;

/// <summary>Edge in a container as it is deployed: on the host's network, as an ordinary user, with one capability and nothing that it
/// could write to.</summary>
internal sealed class EdgeContainer : IAsyncDisposable
{
    /// <summary>Not the image's own, since any must do.</summary>
    public const int User = 10001;

    /// <summary>The image's own.</summary>
    public const int ImageUser = 1654;

    public const string Folder = "/run/edge";

    private static readonly string[] Hardened =
    [
        "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        "--read-only-tmpfs=false",
    ];

    /// <summary>As docs/operations.md has it: a folder for its sockets of the user that it runs as.</summary>
    private static readonly string[] OwnFolder = ["--mount", $"type=tmpfs,destination={Folder},U=true"];

    private static readonly string[] OtherUser = ["--user", $"{User}", .. OwnFolder];

    private static readonly string[] MayBind = ["--cap-add", "NET_BIND_SERVICE"];

    private static int s_last;

    private readonly string _name = $"edge-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}";

    /// <param name="config">The file on the host.</param>
    /// <param name="options">More of podman's, such as limits.</param>
    public EdgeContainer(string config, params IEnumerable<string> options)
        : this(config, [.. MayBind, .. OtherUser], options)
    {
    }

    private EdgeContainer(string config, string[] rights, IEnumerable<string> options) => Process = new BackgroundProcess(
        Tool.Locate("podman"), [
            "run", "--rm", "--name", _name, .. Hardened, .. rights, "--volume", $"{config}:/etc/edge/edge.conf:ro", .. options, Image
        ]);

    public static string Image { get; } = Environment.GetEnvironmentVariable("EDGE_IMAGE") ?? "";

    /// <summary>Podman in the foreground: what Edge writes, its signals and its exit code are its own.</summary>
    public BackgroundProcess Process { get; }

    /// <summary>Without the one capability.</summary>
    public static EdgeContainer WithoutRights(string config) => new(config, OtherUser, []);

    /// <summary>As the image's own user, and with the documented folder unless a volume is named.</summary>
    public static EdgeContainer AsImageUser(string config, string? volume = null) =>
        new(config, volume is null ? OwnFolder : ["--volume", $"{volume}:{Folder}"], []);

    public static async Task<JsonElement> InspectImage()
    {
        using var json = JsonDocument.Parse((await Tool.Run("podman", "image", "inspect", Image)).ShouldSucceed().Out);
        return json.RootElement[0].Clone();
    }

    /// <summary>Runs the image once, with another program.</summary>
    public static Task<ToolResult> RunInstead(string program, params IEnumerable<string> arguments) =>
        Tool.Run("podman", ["run", "--rm", .. Hardened, .. OtherUser, "--entrypoint", program, Image, .. arguments]);

    /// <summary>Runs a program in the container, beside Edge.</summary>
    public Task<ToolResult> Exec(params IEnumerable<string> command) => Tool.Run("podman", ["exec", _name, .. command]);

    public Task<ToolResult> CheckHealth() => Tool.Run("podman", "healthcheck", "run", _name);

    public async Task<string> Inspect(string format) =>
        (await Tool.Run("podman", "container", "inspect", "--format", format, _name)).ShouldSucceed().Out.Trim();

    /// <summary>A line of the process's status, as proc(5) has it: "VmRSS", "CapEff", "NoNewPrivs", "Uid".</summary>
    public async Task<string> Status(string key)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{await Inspect("{{.State.Pid}}")}/status");
        return lines.Single(line => line.StartsWith($"{key}:", StringComparison.Ordinal))[(key.Length + 1)..].Trim();
    }

    /// <summary>Numbers of user and group, and mode, as stat(1) writes them.</summary>
    public async Task<string> OwnerAndMode(string path) =>
        (await Tool.Run("stat", "--format", "%u:%g %a", $"/proc/{await Inspect("{{.State.Pid}}")}/root{path}")).ShouldSucceed().Out.Trim();

    public async Task Signal(string signal) => (await Tool.Run("podman", "kill", "--signal", signal, _name)).ShouldSucceed();

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
            await Tool.Run("podman", "rm", "--force", "--time", "0", _name);
        await Process.DisposeAsync();
    }
}
