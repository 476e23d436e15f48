using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

public sealed class BlockedFileSpecs
{
    /// <summary>Opening a FIFO waits for a writer, as a file of a network mount may wait for its server.</summary>
    [RequiresToolFact("mkfifo")]
    public async Task A_reload_that_waits_for_a_file_stops_neither_other_verbs_nor_the_end()
    {
        using var folder = new TestFolder();
        var control = folder.File("ctl.sock");
        var config = Write("");
        await using var edge = EdgeProcess.Start("run", "-c", config);
        await EdgeProcess.Listening(edge);
        await edge.Out.WaitFor("control socket");
        (await Tool.Run("mkfifo", folder.File("networks.txt"))).ShouldSucceed();
        Write("deny-file = networks.txt");
        await using var reload = EdgeProcess.Start("ctl", "--socket", control, "reload");
        await edge.Out.WaitFor("operator: reload");
        (await EdgeProcess.Run("ctl", "--socket", control, "status")).ShouldSucceed();
        (await EdgeProcess.Run("ctl", "--socket", control, "connections")).ShouldSucceed();
        await edge.Signal("TERM");
        Assert.Equal(0, await edge.Exit());

        string Write(string more) => folder.Write("edge.conf", $$"""
            edge {
              listeners.https { bind = "127.0.0.1:0", {{more}} }
              control.socket = "{{control}}"
              drain-timeout = 0s
            }
            """);
    }
}
