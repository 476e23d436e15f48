namespace Edge.Hocon;

/// <summary>HOCON as its specification has it (https://github.com/lightbend/config/blob/main/HOCON.md), with these differences: a missing
/// include is an error, includes are files only, an empty text is an empty object, and the outermost value is an object.
/// Bad input gives errors, never an exception.</summary>
public static class HoconReader
{
    /// <param name="name">What origins and errors call the text.</param>
    /// <param name="environment">Where substitutions look that the text does not answer; null: nowhere.</param>
    /// <param name="directory">What includes are relative to; null: an include is an error.</param>
    public static HoconResult ReadText(string text, string name = "text", Func<string, string?>? environment = null, string? directory = null)
    {
        var load = new HoconLoad();
        var root = load.Parse(new HoconSource(name, text, directory is null ? null : Path.GetFullPath(directory)), [], 0);
        return Resolve(root, load, environment);
    }

    public static HoconResult ReadFile(string path, Func<string, string?>? environment = null)
    {
        var load = new HoconLoad();
        var root = load.ParseFile(path);
        return Resolve(root, load, environment);
    }

    private static HoconResult Resolve(RawObject? root, HoconLoad load, Func<string, string?>? environment)
    {
        HoconObject? resolved = null;
        if (root is not null && load.Errors.Count == 0)
            resolved = new HoconResolver(root, environment ?? (static _ => null), load.Errors).Resolve();
        return new HoconResult(load.Errors.Count == 0 ? resolved : null, load.Errors) { Files = load.Files };
    }

    /// <summary>A dotted path as it could stand in a text: elements that need quotes have them.</summary>
    public static string JoinPath(params IEnumerable<string> elements) => string.Join('.', elements.Select(HoconRenderer.Key));
}
