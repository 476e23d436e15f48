using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hosting;

public sealed class StandardStreamsSpecs
{
    [RequiresToolFact("sh")]
    public async Task Missing_descriptors_lead_to_dev_null()
    {
        using var folder = new TestFolder();
        var config = folder.Write("edge.conf", $$"""
            edge {
              listeners.https.bind = "127.0.0.1:0"
              control.socket = "{{folder.File("ctl.sock")}}"
              drain-timeout = 0s
            }
            """);
        string[] command = [.. EdgeProcess.Command("run", "-c", config)];
        await using var edge = new BackgroundProcess("sh", ["-c", "exec \"$@\" <&- >&- 2>&-", "sh", .. command]);
        await Eventually.True(() => edge.HasExited || File.Exists(folder.File("ctl.sock")), () => "it does not start");
        Assert.Equal(
            ["/dev/null", "/dev/null", "/dev/null"],
            Enumerable.Range(0, 3).Select(fd => new FileInfo($"/proc/{edge.Id}/fd/{fd}").LinkTarget));
        (await EdgeProcess.Run("ctl", "--socket", folder.File("ctl.sock"), "status")).ShouldSucceed();
    }

    [RequiresToolFact("sh")]
    public async Task Too_few_descriptors_are_told_in_words()
    {
        using var folder = new TestFolder();
        var config = folder.Write("edge.conf", "edge { listeners.https.bind = \"127.0.0.1:0\" }");
        string[] command = [.. EdgeProcess.Command("run", "-c", config)];
        var failed = await Tool.Run("sh", ["-c", "ulimit -n 200; exec \"$@\"", "sh", .. command]);
        Assert.Equal(1, failed.ExitCode);
        Assert.Matches(@"200 open files are allowed, and Edge needs \d+ for itself and one connection; raise the limit", failed.Err);
    }
}
