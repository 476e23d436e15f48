namespace EdgeActors.Config;

/// <summary><c>edge.floating-ip</c>: how a node that has the address and is told to stop gives it away.</summary>
/// <param name="HandoverTimeout">How long it goes on at most, for the other one to take it.</param>
/// <param name="HandoverSilence">For how long of that, at most, it leaves newcomers unanswered. Zero: not at all.</param>
public sealed record FloatingIpSettings(TimeSpan HandoverTimeout, TimeSpan HandoverSilence);

internal static class FloatingIpReader
{
    public static FloatingIpSettings Read(ConfigSection edge)
    {
        var section = edge.Section("floating-ip");
        return new FloatingIpSettings(section.Duration("handover-timeout", zero: true), section.Duration("handover-silence", zero: true));
    }
}
