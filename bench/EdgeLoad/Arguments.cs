using System.Globalization;

namespace EdgeLoad;

/// <summary>An error on the command line; its message is for the user.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What stands after the verb: words in order, and <c>--name value</c> pairs, which may repeat.</summary>
internal sealed class Arguments
{
    private readonly List<string> _words = [];
    private readonly List<(string Name, string Value)> _options = [];

    /// <exception cref="UsageException">An option is not among <paramref name="known"/>, or has no value.</exception>
    public Arguments(ReadOnlySpan<string> args, params ReadOnlySpan<string> known)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                _words.Add(args[i]);
            else if (!known.Contains(args[i]))
                throw new UsageException($"{args[i]} is not an option here");
            else if (i + 1 == args.Length)
                throw new UsageException($"{args[i]} needs a value");
            else
                _options.Add((args[i], args[++i]));
        }
    }

    public int Count => _words.Count;

    public string Word(int index, string what) => index < _words.Count ? _words[index] : throw new UsageException($"{what} is missing");

    public IEnumerable<string> All(string name) => _options.Where(option => option.Name == name).Select(static option => option.Value);

    public string? Last(string name) => All(name).LastOrDefault();

    public int Int(string name, int otherwise) => Last(name) is { } text ? Number(text, name) : otherwise;

    public int WordInt(int index, int otherwise) => index < _words.Count ? Number(_words[index], "a port") : otherwise;

    public static int Number(string text, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UsageException($"{what} is a whole number, not {text}");
}
