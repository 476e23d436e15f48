namespace Edge.Hocon;

/// <summary>One thing wrong with the text: what was found and what was expected there.</summary>
/// <param name="Line">From 1; 0 when a file as a whole could not be read.</param>
public sealed record HoconError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";
}

/// <summary>A resolved tree, or the errors that stand in its way; never both.</summary>
public sealed record HoconResult(HoconObject? Root, IReadOnlyList<HoconError> Errors)
{
    /// <summary>All that were opened for it, with or without errors.</summary>
    public IReadOnlyList<HoconFile> Files { get; init; } = [];

    /// <exception cref="HoconException">There are errors.</exception>
    public HoconObject RootOrThrow() => Root ?? throw new HoconException(Errors);
}

/// <summary>The errors of a <see cref="HoconResult"/>, for callers that cannot go on without a tree.</summary>
public sealed class HoconException(IReadOnlyList<HoconError> errors) : Exception(string.Join('\n', errors))
{
    public IReadOnlyList<HoconError> Errors { get; } = errors;
}
