using System.Text;
using EdgeActors.Admit;

namespace EdgeActors.Config;

/// <summary>A file of networks: one a line, empty lines and what follows a # left out.</summary>
/// <param name="Networks">With the line, from 1, that each stands in.</param>
/// <param name="Errors">The first ones.</param>
/// <param name="MoreErrors">How many there are beyond those, and the line of the first of them.</param>
internal sealed record AccessFile(
    IReadOnlyList<(Cidr Network, int Line)> Networks, IReadOnlyList<(int Line, string Message)> Errors, (int Count, int Line) MoreErrors)
{
    /// <summary>Of one list or file. Whoever gave the wrong file does not want to read all of it as errors.</summary>
    public const int MaxErrors = 20;

    /// <summary>Bytes; room for a million networks as they are usually written.</summary>
    public const int MaxSize = 32 << 20;

    /// <exception cref="IOException">It cannot be read, or is too large.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static AccessFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        if (!stream.CanSeek)
            throw new IOException("it is no regular file");
        if (stream.Length > MaxSize)
            throw new IOException($"it is larger than {MaxSize >> 20}MiB");
        var bytes = new byte[stream.Length];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return Parse(Encoding.UTF8.GetString(bytes, 0, length));
    }

    public static AccessFile Parse(string text)
    {
        var networks = new List<(Cidr, int)>();
        var errors = new List<(int, string)>();
        var more = (Count: 0, Line: 0);
        var number = 0;
        foreach (var raw in text.AsSpan().TrimStart('\uFEFF').EnumerateLines())
        {
            number++;
            var comment = raw.IndexOf('#');
            var line = (comment < 0 ? raw : raw[..comment]).Trim();
            if (line.IsEmpty)
                continue;
            if (Cidr.TryParse(line, out var network, out var error))
                networks.Add((network, number));
            else if (errors.Count < MaxErrors)
                errors.Add((number, error));
            else
                more = (more.Count + 1, more.Count == 0 ? number : more.Line);
        }
        return new AccessFile(networks, errors, more);
    }
}
