using System.Diagnostics;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>A listening socket that leaves new clients unanswered for a while.</summary>
public abstract partial class TransportContract
{
    /// <summary>An unanswered SYN comes again after a second (RFC 6298, section 2.1), give or take the kernel's timer.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(900);

    [LinuxFact]
    public async Task Who_is_left_unanswered_is_let_in_when_it_asks_again()
    {
        await using var harness = NewHarness();
        using var early = await harness.Dial();
        Assert.True(SynFilter.Set(harness.Listener, on: true));

        var since = Stopwatch.GetTimestamp();
        var dialling = harness.Dial();
        // One that was there before goes on meanwhile.
        var first = await harness.NextLink();
        Assert.Equal(early.LocalEndPoint, first.Client);
        await early.SendAsync(new byte[] { 1 });
        Assert.Equal(ReceiveStatus.Data, await harness.Receive(first));
        Assert.False(harness.HasAccepted);

        Assert.True(SynFilter.Set(harness.Listener, on: false));
        using var late = await dialling;
        Assert.True(Stopwatch.GetElapsedTime(since) >= s_again, "it was answered");
        Assert.Equal(late.LocalEndPoint, (await harness.NextLink()).Client);
        // And who comes now is let in at once.
        since = Stopwatch.GetTimestamp();
        using var prompt = await harness.Dial();
        Assert.True(Stopwatch.GetElapsedTime(since) < s_again, "it was not answered");
    }
}
