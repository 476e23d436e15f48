using System.Text;

namespace Edge.Hocon;

/// <summary>One reading: the file it began with, the files that it includes, and the errors of all of them.</summary>
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
            else if (ReadText(full, out problem) is { } text)
                return ParseOpened(Shown(from.Name, name), full, text, path, depth);
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

    /// <summary>As seen from where the reading began, so that an operator can open what an error names.</summary>
    private static string Shown(string from, string name) => Path.Combine(Path.GetDirectoryName(from) ?? "", name);

    private string? ReadText(string path, out string problem)
    {
        problem = "";
        string? digest = null;
        try
        {
            var bytes = HoconFile.Read(path);
            digest = HoconFile.DigestOf(bytes);
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
