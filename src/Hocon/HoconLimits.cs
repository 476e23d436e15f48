namespace Edge.Hocon;

/// <summary>What keeps a hostile or broken file from taking the process with it. Far beyond any real configuration.</summary>
internal static class HoconLimits
{
    /// <summary>Levels of objects and arrays, path elements counted; recursion follows them.</summary>
    public const int Depth = 100;

    /// <summary>Substitutions inside substitutions and the levels between them.</summary>
    public const int ResolveDepth = 250;

    public const int ResolveSteps = 3_000_000;

    /// <summary>Characters and nodes of the resolved tree, written out in full.</summary>
    public const long Weight = 16 * 1024 * 1024;

    public const int IncludeDepth = 16;

    public const int Includes = 256;

    public const int FileBytes = 4 * 1024 * 1024;

    /// <summary>Later errors tend to be consequences of earlier ones.</summary>
    public const int Errors = 20;
}
