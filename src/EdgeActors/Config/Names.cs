using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary>Names that operators choose and later type into commands and read in logs and metrics.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static bool Check(HoconField field, string path, ConfigReading reading)
    {
        if (IsName(field.Key))
            return true;
        reading.Report(field.KeyOrigin, path, $"this is no usable name; {Expected}");
        return false;
    }

    public static string Expected => $"expected up to {MaxLength} letters, digits, '-', '_' or '.'";

    public static bool IsName(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }
        return name.Length is > 0 and <= MaxLength;
    }
}
