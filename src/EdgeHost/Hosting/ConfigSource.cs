using Edge.Hocon;

namespace EdgeHost.Hosting;

/// <summary>Where the settings come from, and may come from again.</summary>
/// <param name="Path">The file that was named.</param>
/// <param name="Files">It, those that it includes and the lists of networks, as they were when somebody read or looked at them last.</param>
internal sealed record ConfigSource(string Path, IReadOnlyList<HoconFile> Files)
{
    /// <summary>As it is now. A file that is not there may be about to be replaced, and counts as it was.</summary>
    public ConfigSource Look() =>
        this with { Files = [.. Files.Select(static file => file.Look() is { Digest: not null } now ? now : file)] };

    public bool Holds(ConfigSource? other) => other is not null && Files.SequenceEqual(other.Files);
}
