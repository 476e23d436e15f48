using EdgeActors.Settings;

namespace EdgeActors.Resources;

/// <summary>
/// What pipes may take of the memory limit. A pipe is full when its reader is slow, and clients can see to that: 1,024 of 1 MiB would be a GiB of the
/// kernel's memory, which is this process's to answer for. Without a pipe a direction copies, and holds next to nothing. Pure.
/// </summary>
internal static class PipeMemory
{
    /// <summary>Of the limit, at most.</summary>
    private const int Share = 4;

    /// <param name="limit">Bytes; null: there is none.</param>
    public static EdgeSettings Apply(EdgeSettings settings, long? limit) => limit is not { } bytes ? settings : settings with
    {
        Transport = settings.Transport with
        {
            MaxPipes = (int)Math.Min(settings.Transport.MaxPipes, bytes / Share / settings.Transport.PipeSize),
        },
    };
}
