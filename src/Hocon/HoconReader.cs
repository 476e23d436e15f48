using System.Security.Cryptography;
using System.Text;

namespace Edge.Hocon;

/// <summary>HOCON as its specification has it (https://github.com/lightbend/config/blob/main/HOCON.md), with these differences: a missing
/// include is an error, includes are files only, an empty text is an empty object, and the outermost value is an object.
/// Bad input gives errors, never an exception.</summary>
public static class HoconReader
{
    /// <param name="name">What origins and errors call the text.</param>
    /// <param name="environment">Where substitutions look that the text does not answer; null: nowhere.</param>
    /// <param name="directory">What includes are relative to; null: an include is an error.</param>
    public static HoconResult ReadText(
        string text, string name = "text", Func<string, string?>? environment = null, string? directory = null)
    {
        var load = new HoconLoad();
        var root = load.Parse(new HoconSource(name, text, directory is null ? null : Path.GetFullPath(directory)), [], 0);
        return Resolve(root, load, environment);
    }

    public static HoconResult ReadFile(string path, Func<string, string?>? environment = null)
    {
        var load = new HoconLoad();
        return Resolve(load.ParseFile(path), load, environment);
    }

    private static HoconResult Resolve(RawObject? root, HoconLoad load, Func<string, string?>? environment)
    {
        var resolved = root is not null && load.Errors.Count == 0
            ? new HoconResolver(root, environment ?? (static _ => null), load.Errors).Resolve()
            : null;
        return new HoconResult(load.Errors.Count == 0 ? resolved : null, load.Errors) { Files = load.Files };
    }

    /// <summary>A dotted path as it could stand in a text: elements that need quotes have them.</summary>
    public static string JoinPath(params IEnumerable<string> elements) => string.Join('.', elements.Select(HoconRenderer.Key));
}

/// <summary>One thing wrong with the text: what was found and what was expected there.</summary>
/// <param name="Line">From 1; 0 when a file as a whole could not be read.</param>
public sealed record HoconError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";
}

/// <summary>A resolved tree or errors, never both.</summary>
public sealed record HoconResult(HoconObject? Root, IReadOnlyList<HoconError> Errors)
{
    /// <summary>All that were opened for it, with or without errors.</summary>
    public IReadOnlyList<HoconFile> Files { get; init; } = [];

    /// <exception cref="FormatException">There are errors.</exception>
    public HoconObject RootOrThrow() => Root ?? throw new FormatException(string.Join('\n', Errors));
}

/// <summary>Limits against hostile or broken files, far beyond any real configuration.</summary>
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

/// <summary>One load: the first file, its includes, and the errors of all.</summary>
internal sealed class HoconLoad
{
    private readonly List<string> _open = [];
    private int _included;

    public List<HoconError> Errors { get; } = [];

    /// <summary>In the order in which they were opened; one that is included twice is here twice.</summary>
    public List<HoconFile> Files { get; } = [];

    public RawObject Parse(HoconSource source, List<string> path, int depth) => new HoconParser(source, this, path, depth).Parse();

    public RawObject? ParseFile(string name)
    {
        if (ReadText(name, out var problem) is { } text)
            return ParseOpened(name, Path.GetFullPath(name), text, [], 0);
        Errors.Add(new HoconError(name, 0, 0, problem));
        return null;
    }

    /// <param name="path">Where in the tree the include stands.</param>
    /// <returns>Null after reporting.</returns>
    public RawObject? Include(HoconSource from, HoconOrigin at, string name, List<string> path, int depth)
    {
        var problem = "";
        if (from.Directory is null)
            problem = "there is no file that it could be relative to";
        else if (_open.Count > HoconLimits.IncludeDepth)
            problem = $"includes within includes go deeper than {HoconLimits.IncludeDepth}";
        else if (++_included > HoconLimits.Includes)
            problem = $"more than {HoconLimits.Includes} includes";
        else if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            problem = "this is no file name";
        else
        {
            var full = Path.GetFullPath(Path.Combine(from.Directory, name));
            if (_open.Contains(full))
                problem = "it includes itself";
            // Named as seen from where the reading began, so that an operator can open what an error names.
            else if (ReadText(full, out problem) is { } text)
                return ParseOpened(Path.Combine(Path.GetDirectoryName(from.Name) ?? "", name), full, text, path, depth);
        }
        if (Errors.Count < HoconLimits.Errors)
            Errors.Add(new HoconError(at.File, at.Line, at.Column, $"cannot include \"{name}\": {problem}"));
        return null;
    }

    private RawObject ParseOpened(string shown, string full, string text, List<string> path, int depth)
    {
        _open.Add(full);
        var root = Parse(new HoconSource(shown, text, Path.GetDirectoryName(full)), path, depth);
        _open.RemoveAt(_open.Count - 1);
        return root;
    }

    private string? ReadText(string path, out string problem)
    {
        problem = "";
        string? digest = null;
        try
        {
            var bytes = HoconFile.Read(path);
            digest = Convert.ToHexString(SHA256.HashData(bytes));
            if (bytes.Length <= HoconLimits.FileBytes)
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            problem = $"it is larger than {HoconLimits.FileBytes >> 20} MiB";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "there is no such file";
        }
        catch (DecoderFallbackException)
        {
            problem = "it is not UTF-8 text";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = Directory.Exists(path) ? "it is a directory" : e.Message;
        }
        finally
        {
            Files.Add(new HoconFile(path, digest));
        }
        return null;
    }
}

/// <summary>A file that a reading has opened, or has tried to.</summary>
/// <param name="Path">As it was opened: from the root of the file system, but for the first one, which is as it was given.</param>
/// <param name="Digest">Of the bytes that it had; null where it could not be read.</param>
/// <param name="Limit">Bytes that are looked at: one more than a file of its kind may have.</param>
public sealed record HoconFile(string Path, string? Digest, int Limit = HoconLimits.FileBytes + 1)
{
    /// <summary>Reads it again. Never throws.</summary>
    public HoconFile Look()
    {
        try
        {
            using var file = Open(Path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var part = new byte[1 << 16];
            var rest = Limit;
            while (file.Read(part, 0, Math.Min(part.Length, rest)) is > 0 and var count)
            {
                hash.AppendData(part, 0, count);
                rest -= count;
            }
            return this with { Digest = Convert.ToHexString(hash.GetHashAndReset()) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return this with { Digest = null };
        }
    }

    /// <returns>Up to one byte more than a file may have: read with a bound rather than by length, as a device or pipe has none.</returns>
    internal static ReadOnlySpan<byte> Read(string path)
    {
        using var file = Open(path);
        var bytes = new byte[HoconLimits.FileBytes + 1];
        return bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
}
