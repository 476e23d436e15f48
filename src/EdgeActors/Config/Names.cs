namespace EdgeActors.Config;

/// <summary>Names that operators choose, and later type into commands and read in logs and metrics.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static string Expected => $"expected up to {MaxLength} letters, digits, '-', '_' or '.'";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
