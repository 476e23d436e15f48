using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>One error in the configuration, reported so that it can be corrected without reading code.</summary>
/// <param name="File">As it was given, or as the including file leads to it.</param>
/// <param name="Line">From 1; 0 when the error has no line (an unreadable file, a section that is missing altogether).</param>
/// <param name="Path">Dotted, e.g. <c>edge.backends.web.servers</c>; empty for text that is not HOCON.</param>
/// <param name="Message">What is wrong and what is expected.</param>
/// <param name="Column">From 1, for text that is not HOCON; else 0, as the path says enough.</param>
public sealed record ConfigError(string File, int Line, string Path, string Message, int Column = 0)
{
    /// <summary><c>file:line: path: message</c> or <c>file:line:column: message</c>, parts that are not there left out.</summary>
    public override string ToString()
    {
        var place = (Line, Column) switch
        {
            (0, _) => File,
            (_, 0) => $"{File}:{Line}",
            _ => $"{File}:{Line}:{Column}",
        };
        return Path.Length > 0 ? $"{place}: {Path}: {Message}" : $"{place}: {Message}";
    }
}

/// <summary>Settings, or all errors that prevent them; never both.</summary>
public sealed record EdgeSettingsResult(EdgeSettings? Settings, IReadOnlyList<ConfigError> Errors)
{
    /// <summary>All that were opened for them, with or without errors; none where they come from a text.</summary>
    public IReadOnlyList<HoconFile> Files { get; init; } = [];
}
