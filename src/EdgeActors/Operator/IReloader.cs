namespace EdgeActors.Operator;

/// <summary>Who can put another configuration in place of the one that runs.</summary>
public interface IReloader
{
    /// <summary>Reads the configuration again and, unless it has mistakes, lets new connections be made by it.</summary>
    Task<ReloadOutcome> Reload(CancellationToken cancel);
}

/// <param name="Generation">That new connections are of now.</param>
/// <param name="Changes">What is different from before, a sentence each.</param>
/// <param name="Mistakes">If there are any, nothing was changed.</param>
public sealed record ReloadOutcome(long Generation, IReadOnlyList<string> Changes, IReadOnlyList<string> Mistakes);
