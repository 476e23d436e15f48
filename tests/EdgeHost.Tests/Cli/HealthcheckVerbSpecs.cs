using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class HealthcheckVerbSpecs : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly IPEndPoint _listener = Loopback.NextEndPoint();

    /// <summary>Longer than usual, for a machine that has much to do.</summary>
    private static readonly string[] Patient = ["--timeout", "20s"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_door_for_health_is_asked_first()
    {
        var health = Loopback.NextEndPoint();
        var config = Config($"admin.health-bind = \"{health}\", control.socket = \"{_folder.File("ctl.sock")}\"");
        await using var edge = EdgeProcess.Start("run", "-c", config);
        await edge.Out.WaitFor("admin on");

        var asked = (await EdgeProcess.Run(["healthcheck", "-c", config, .. Patient])).ShouldSucceed();
        Assert.StartsWith($"http://{health}/health: 200 (", asked.Out);
        Assert.Single(asked.Out.TrimEnd().Split('\n'));
        Assert.Equal("", asked.Err);
    }

    [Fact]
    public async Task Without_one_it_is_the_control_socket_by_file_or_by_path()
    {
        var socket = _folder.File("ctl.sock");
        var config = Config($"control.socket = \"{socket}\"");
        await using var edge = EdgeProcess.Start("run", "-c", config);
        await edge.Out.WaitFor("control socket");

        Assert.StartsWith($"{socket}: running (", (await EdgeProcess.Run(["healthcheck", "-c", config, .. Patient])).ShouldSucceed().Out);
        Assert.StartsWith(
            $"{socket}: running (", (await EdgeProcess.Run(["healthcheck", "--socket", socket, .. Patient])).ShouldSucceed().Out);
    }

    [Fact]
    public async Task Without_any_door_it_is_a_listener()
    {
        var config = Config("");
        await using var edge = EdgeProcess.Start("run", "-c", config);
        await EdgeProcess.Listening(edge);
        Assert.StartsWith(
            $"{_listener}: listens (", (await EdgeProcess.Run(["healthcheck", "-c", config, .. Patient])).ShouldSucceed().Out);
    }

    [Fact]
    public async Task Nobody_there_is_exit_code_1_and_a_line_that_says_so()
    {
        var health = Loopback.NextEndPoint();
        var asked = await EdgeProcess.Run("healthcheck", "-c", Config($"admin.health-bind = \"{health}\""));
        Assert.Equal(1, asked.ExitCode);
        Assert.Equal("", asked.Out);
        Assert.Equal($"http://{health}/health: Connection refused\n", asked.Err);

        var socket = _folder.File("ctl.sock");
        asked = await EdgeProcess.Run("healthcheck", "--socket", socket);
        Assert.Equal((1, $"{socket}: there is no such file, or none that this user may see\n"), (asked.ExitCode, asked.Err));
    }

    [Fact]
    public async Task One_that_does_not_answer_in_time_is_not_well()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        var since = Stopwatch.GetTimestamp();
        var asked = await EdgeProcess.Run(
            "healthcheck", "-c", Config($"admin.health-bind = \"{silent.LocalEndPoint}\""), "--timeout", "300ms");
        Assert.Equal(1, asked.ExitCode);
        Assert.StartsWith($"http://{silent.LocalEndPoint}/health: no answer in time (", asked.Err);
        Assert.True(Stopwatch.GetElapsedTime(since) < Eventually.Deadline, "it waited for longer");
    }

    [Theory]
    [InlineData("503 Service Unavailable", "503")]
    [InlineData("404 Not Found", "404")]
    public async Task Any_other_answer_than_200_is_not_well(string status, string shown)
    {
        using var server = OddServer.That(async socket =>
        {
            await socket.ReceiveAsync(new byte[4096]);
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n\r\n"));
            socket.Shutdown(SocketShutdown.Send);
            await Client.ReadToEnd(socket);
        });
        var asked = await EdgeProcess.Run(["healthcheck", "-c", Config($"admin.health-bind = \"{server.EndPoint}\""), .. Patient]);
        Assert.Equal(1, asked.ExitCode);
        Assert.StartsWith($"http://{server.EndPoint}/health: {shown} (", asked.Err);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_told()
    {
        var asked = await EdgeProcess.Run("healthcheck", "-c", _folder.File("none.conf"));
        Assert.Equal((1, $"{_folder.File("none.conf")}: there is no such file\n"), (asked.ExitCode, asked.Err));
    }

    /// <summary>An error that has come into it since the start says nothing of the process that runs.</summary>
    [Fact]
    public async Task A_error_elsewhere_in_the_file_does_not_matter()
    {
        var config = Config("");
        await using var edge = EdgeProcess.Start("run", "-c", config);
        await EdgeProcess.Listening(edge);
        File.AppendAllText(config, "edge.nonsense = 5\n");
        (await EdgeProcess.Run(["healthcheck", "-c", config, .. Patient])).ShouldSucceed();
    }

    [Theory]
    [InlineData("2")]
    [InlineData("0s")]
    [InlineData("soon")]
    public async Task A_timeout_without_a_unit_is_told(string timeout)
    {
        var asked = await EdgeProcess.Run("healthcheck", "-c", Config(""), "--timeout", timeout);
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains($"'{timeout}' is no time; expected such as 2s or 500ms", asked.Err);
    }

    /// <summary>What would take long to come up is not even loaded: seen while it waits for its answer.</summary>
    [Fact]
    public async Task It_starts_neither_actors_nor_a_web_server()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var server = OddServer.That(async socket =>
        {
            await socket.ReceiveAsync(new byte[4096]);
            asked.SetResult();
            await answer.Task;
            await socket.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            await Client.ReadToEnd(socket);
        });
        await using var edge = EdgeProcess.Start(["healthcheck", "-c", Config($"admin.health-bind = \"{server.EndPoint}\""), .. Patient]);
        await asked.Task.WaitAsync(Eventually.Deadline);
        var loaded = File.ReadLines($"/proc/{edge.Id}/maps")
            .Select(static line => Path.GetFileName(line))
            .Where(static name => name.EndsWith(".dll", StringComparison.Ordinal))
            .Distinct()
            .ToArray();
        Assert.Contains("System.CommandLine.dll", loaded);
        Assert.DoesNotContain(loaded, static name => name.StartsWith("Akka", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal));
        answer.SetResult();
        Assert.Equal(0, await edge.Exit());
    }

    private string Config(string more) => _folder.Write("edge.conf", $$"""
        edge {
          listeners { https { bind = "{{_listener}}" } }
          routes { "a.test" = web }
          backends { web { servers = ["127.0.0.1:9"], health { enabled = off } } }
          {{more}}
        }

        """);
}
