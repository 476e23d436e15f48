using System.Net;
using System.Text.RegularExpressions;

namespace EdgeHost.Tests.Harness;

/// <summary>TCP segments as tcpdump sees them on one device of a <see cref="NetworkNamespaces"/>, from its start to its stop.</summary>
internal sealed partial class Capture : IAsyncDisposable
{
    private readonly BackgroundProcess _tcpdump;

    private Capture(BackgroundProcess tcpdump) => _tcpdump = tcpdump;

    public IEnumerable<Segment> Segments =>
        from line in _tcpdump.Out.Lines
        let match = Line().Match(line)
        where match.Success
        select new Segment(End(match, 1), End(match, 3), match.Groups[5].Value);

    /// <param name="filter">As pcap-filter(7) has it.</param>
    public static async Task<Capture> Start(string place, string device, string filter)
    {
        // -n: no names; -t: no time; -l and immediate mode: each packet is a line at once. -s: headers are enough, so that more packets fit
        // into the KiB of -B, which the kernel keeps while tcpdump is late.
        var capture = new Capture(NetworkNamespaces.Start(
            place, "tcpdump", "-n", "-t", "-l", "--immediate-mode", "-s", "128", "-B", "32768", "-i", device, filter));
        try
        {
            await capture._tcpdump.Err.WaitFor("listening on");
            return capture;
        }
        catch
        {
            await capture.DisposeAsync();
            throw;
        }
    }

    /// <summary>What was seen is all that there was.</summary>
    public async Task Stop()
    {
        await _tcpdump.Signal("INT");
        Assert.Equal(0, await _tcpdump.Exit());
        Assert.Contains("0 packets dropped by kernel", _tcpdump.Err.Lines);
    }

    public ValueTask DisposeAsync() => _tcpdump.DisposeAsync();

    private static IPEndPoint End(Match match, int group) =>
        new(
            IPAddress.Parse(match.Groups[group].Value),
            int.Parse(match.Groups[group + 1].Value, System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^IP6? (\S+)\.(\d+) > (\S+)\.(\d+): Flags \[([^\]]*)\]")]
    private static partial Regex Line();
}

/// <param name="Flags">As tcpdump writes them: S, F, R, P, a dot for ACK.</param>
internal sealed record Segment(IPEndPoint From, IPEndPoint To, string Flags)
{
    public bool IsReset => Flags.Contains('R', StringComparison.Ordinal);

    public bool IsFin => Flags.Contains('F', StringComparison.Ordinal);
}
