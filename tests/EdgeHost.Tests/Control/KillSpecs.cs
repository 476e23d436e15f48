using System.Diagnostics;
using System.Net.Sockets;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Control;

/// <summary>How long it takes to kill many connections of a process.</summary>
[Collection(Heavy.Name)]
public sealed class KillSpecs(ITestOutputHelper output) : CtlHarness
{
    [Fact]
    public async Task A_thousand_of_two_thousand_are_killed_within_a_second_and_no_other_notices()
    {
        var others = await Connect(Other, 1000);
        using var control = ControlClientSocket.Connect(Path);
        // The best of three, as others use the machine, too.
        const int Tries = 3;
        var (took, tries) = (TimeSpan.MaxValue, 0);
        while (took >= TimeSpan.FromSeconds(1) && tries++ < Tries)
        {
            var victims = await Connect(Web, 1000);
            Assert.Equal(1000, (await control.Answer("kill --backend web --dry-run")).GetProperty("matched").GetInt64());

            var since = Stopwatch.GetTimestamp();
            var killed = await control.Answer("kill --backend web");
            took = Stopwatch.GetElapsedTime(since);
            Assert.Equal(1000, killed.GetProperty("closed").GetInt64());
            Assert.Equal(0, killed.GetProperty("left").GetInt64());
            output.WriteLine($"{took.TotalMilliseconds:F0} ms");

            foreach (var victim in victims)
                Assert.Equal(
                    SocketError.ConnectionReset,
                    (await Assert.ThrowsAsync<SocketException>(() => victim.ReceiveAsync(new byte[1]))).SocketErrorCode);
        }
        Assert.True(took < TimeSpan.FromSeconds(1), $"it took {took.TotalMilliseconds:F0} ms");

        await Task.WhenAll(others.Select(static other => Client.Exchange(other, [1])));
        Assert.Equal(1000, (await control.Answer("connections --count")).GetProperty("count").GetInt64());
        // Lines are written some time after the connections are gone.
        int Killed() =>
            Edge.Out.Lines.Count(
                static line => LogLine.Is(line, "CLOSE") && line.Contains(" ts=KD reason=KILLED", StringComparison.Ordinal));
        await Eventually.True(() => Killed() == tries * 1000, () => $"{Killed()} lines of {tries * 1000} connections");
    }
}
