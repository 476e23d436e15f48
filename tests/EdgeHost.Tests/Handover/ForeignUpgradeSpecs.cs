using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Control;
using EdgeHost.Handover;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>Another program has taken the path of <c>upgrade.socket</c> before this process starts.</summary>
public sealed class ForeignUpgradeSpecs : UpgradeHarness
{
    [RequiresToolFact("setpriv", Root = "the old process runs as another user")]
    public async Task A_process_of_another_user_hands_nothing_over()
    {
        (await Tool.Run("chmod", "1777", Folder.Path)).ShouldSucceed();
        var path = Config("", "foreign");
        await using var foreign = new BackgroundProcess(
            "setpriv", ["--reuid=65534", "--clear-groups", .. EdgeProcess.Command("run", "-c", path)]);
        await EdgeProcess.Listening(foreign);
        await foreign.Out.WaitFor("control socket");
        var failed = await EdgeProcess.Run("run", "-c", Config("", "own"));
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("does not hand over: user 65534 listens there, who is neither root nor the user of this process", failed.Err);
        Assert.DoesNotContain(foreign.Out.Lines, static line => line.Contains("is about to take over", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, "127.0.0.1:0")]
    [InlineData(true, "127.0.0.1:1")]
    [InlineData(true, "127.0.0.2:0")]
    [InlineData(true, "[::1]:0")]
    public async Task A_socket_that_does_not_listen_on_its_address_is_not_taken(bool listens, string claimed)
    {
        var path = Folder.File("upgrade.sock");
        using var sent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (listens)
            sent.Listen();
        using var serving = ControlSocket.Listen("spec", path, SocketType.Seqpacket);
        await using var log = new EdgeLog(new LogSettings(false, 64, LogThreshold.Info), Stream.Null, TimeProvider.System);
        var found = PreviousProcess.Find(path, log);
        using var peer = await serving.Socket.AcceptAsync();
        await peer.ReceiveAsync(new byte[UpgradeMessage.MaxLength]);
        SharedSockets.Send(peer, new UpgradeMessage(UpgradeMessage.Socket) { Owner = "https", Bind = claimed }.ToBytes(), (int)sent.Handle);
        var refused = await Assert.ThrowsAsync<UpgradeException>(() => found.WaitAsync(Eventually.Deadline));
        Assert.Equal(
            $"upgrade.socket: the process at {path} does not hand over: it sent a socket that does not listen on {claimed}",
            refused.Message);
    }
}
