using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary><c>docker/keepalived/notify-hetzner.sh</c> before a server that answers as the cloud does.</summary>
public sealed class HetznerHookSpecs : IDisposable
{
    private const string Token = "secretTokenOfLettersAndDigits0123456789";

    private static readonly string s_script = Path.Combine(Repository.Root, "docker", "keepalived", "notify-hetzner.sh");

    private readonly TestFolder _folder = new();
    private readonly List<string> _requests = [];

    public void Dispose() => _folder.Dispose();

    [RequiresToolFact("curl")]
    public async Task A_master_has_each_floating_ip_assigned_to_its_server()
    {
        using var cloud = Cloud((_, _) => "201 Created");
        (await Run(cloud, "MASTER")).ShouldSucceed();
        Assert.Equal(
            ["/v1/floating_ips/11/actions/assign", "/v1/floating_ips/12/actions/assign"],
            _requests.Select(static request => request.Split(' ')[1]));
        Assert.All(_requests, static request =>
        {
            Assert.StartsWith("POST ", request, StringComparison.Ordinal);
            Assert.Contains($"\r\nAuthorization: Bearer {Token}\r\n", request, StringComparison.Ordinal);
            Assert.Contains("\r\nContent-Type: application/json\r\n", request, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n{\"server\":42}", request, StringComparison.Ordinal);
        });
    }

    [RequiresToolFact("curl")]
    public async Task It_takes_the_words_of_keepalived_and_only_a_master_asks_for_anything()
    {
        using var cloud = Cloud((_, _) => "201 Created");
        foreach (var state in new[] { "BACKUP", "FAULT", "STOP" })
            (await Run(cloud, "INSTANCE", "edge", state, "200")).ShouldSucceed();
        Assert.Empty(_requests);
        (await Run(cloud, "INSTANCE", "edge", "MASTER", "200")).ShouldSucceed();
        Assert.Equal(2, _requests.Count);
        Assert.Equal(1, (await Run(cloud, "INSTANCE", "edge")).ExitCode);
    }

    [RequiresToolFact("curl")]
    public async Task What_the_cloud_cannot_do_now_is_asked_again_and_what_it_refuses_is_not()
    {
        using var cloud = Cloud(
            (path, times) => path.Contains("/11/", StringComparison.Ordinal) ? times < 2 ? "423 Locked" : "201 Created" : "403 Forbidden");
        Assert.Equal(1, (await Run(cloud, "MASTER")).ExitCode);
        Assert.Equal(["11", "12", "11"], _requests.Select(static request => request.Split('/')[3]));
    }

    [RequiresToolFact("curl")]
    public async Task A_master_no_more_leaves_the_address_alone()
    {
        var asked = new TaskCompletionSource();
        using var cloud = Cloud((_, _) =>
        {
            asked.TrySetResult();
            return "503 Service Unavailable";
        });
        var master = Run(cloud, "MASTER");
        await asked.Task.WaitAsync(Eventually.Deadline);
        (await Run(cloud, "BACKUP")).ShouldSucceed();
        var done = await master;
        Assert.Equal(1, done.ExitCode);
        Assert.Contains("no more MASTER", done.Err, StringComparison.Ordinal);
    }

    [RequiresToolFact("curl")]
    public async Task The_token_is_on_no_command_line()
    {
        var seen = new List<string>();
        using var cloud = Cloud((_, _) =>
        {
            seen.AddRange(
                Directory.EnumerateDirectories("/proc")
                    .Select(CommandLine)
                    .Where(static line => line.Contains("floating_ips", StringComparison.Ordinal)));
            return "201 Created";
        });
        (await Run(cloud, "MASTER")).ShouldSucceed();
        // curl itself is among them.
        Assert.NotEmpty(seen);
        Assert.All(seen, static line => Assert.DoesNotContain(Token, line, StringComparison.Ordinal));

        static string CommandLine(string process)
        {
            try
            {
                return File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (IOException)
            {
                // It has ended, or is no process.
                return "";
            }
        }
    }

    [RequiresToolFact("curl")]
    public async Task A_dry_run_prints_the_requests_without_the_token_and_sends_none()
    {
        using var cloud = Cloud((_, _) => "201 Created");
        var printed = (await Run(cloud, "--dry-run", "MASTER")).ShouldSucceed().Out;
        Assert.Contains($"POST http://{cloud.EndPoint}/v1/floating_ips/12/actions/assign\n", printed, StringComparison.Ordinal);
        Assert.Contains("{\"server\":42}\n", printed, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, printed, StringComparison.Ordinal);
        Assert.Empty(_requests);
    }

    /// <param name="status">Of the answer: by the path, and how often it has been asked for, this time included.</param>
    private OddServer Cloud(Func<string, int, string> status) => OddServer.That(async socket =>
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith('}') && await socket.ReceiveAsync(buffer) is var got and > 0)
            text.Append(Encoding.ASCII.GetString(buffer, 0, got));
        var path = text.ToString().Split(' ')[1];
        int times;
        lock (_requests)
        {
            _requests.Add(text.ToString());
            times = _requests.Count(request => request.Split(' ')[1] == path);
        }
        await socket.SendAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {status(path, times)}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"));
        socket.Shutdown(SocketShutdown.Send);
        await Client.ReadToEnd(socket);
        socket.Dispose();
    });

    private Task<ToolResult> Run(OddServer cloud, params string[] arguments)
    {
        var token = _folder.Write("token", Token + "\n");
        return Tool.Run("env",
        [
            "EDGE_ENV=/nonexistent", $"HCLOUD_API=http://{cloud.EndPoint}/v1", $"HCLOUD_TOKEN_FILE={token}", "HCLOUD_FLOATING_IPS=11 12", "HCLOUD_SERVER=42",
            $"EDGE_HETZNER_STATE={_folder.File("state")}", "sh", s_script, .. arguments,
        ]);
    }
}
