using System.Globalization;
using Edge.Hocon;
using EdgeActors.Answers;
using EdgeActors.Config;

namespace EdgeActors.Operator.Syntax;

/// <summary>Parses the words of a verb, from <c>edge ctl</c>, pbm, HTTP or another node. Pure.</summary>
public static class OperatorParser
{
    /// <summary>Words of one order at most, so that none costs more than it is worth.</summary>
    public const int MaxWords = 64;

    /// <param name="error">What is wrong, a line each; null where nothing is.</param>
    /// <returns>Null where something is wrong.</returns>
    public static OperatorRequest? Parse(IReadOnlyList<string> words, out string? error)
    {
        error = null;
        if (words.Count is 0 or > MaxWords)
        {
            error = words.Count == 0 ? $"what is to be done?{Expected}" : $"more than {MaxWords} words";
            return null;
        }
        if (OperatorVerb.All.FirstOrDefault(verb => verb.Name == words[0]) is not { } verb)
        {
            error = $"there is no verb '{VerbWords.Shown(words[0])}'{Nearest.Hint(words[0], Names)}";
            return null;
        }
        var behind = new VerbWords(verb, [.. words.Skip(1)]);
        // What is missing altogether would only be reported again, in other words.
        var request = behind.Errors.Count == 0 ? verb.Read(behind) : null;
        if (behind.Errors.Count == 0)
            return request;
        error = string.Join('\n', behind.Errors);
        return null;
    }

    private static string[] Names => [.. OperatorVerb.All.Select(static verb => verb.Name)];

    private static string Expected => $" Expected one of {string.Join(", ", Names)}";
}

/// <summary>One verb, declared once for the parser, the command line with completion and help, and pbm's palette.</summary>
/// <param name="Name">The first of the words.</param>
/// <param name="Read">Makes an order of the words behind the name; what is wrong with them is reported to them.</param>
public sealed record OperatorVerb(string Name, string Description, Func<VerbWords, OperatorRequest> Read)
{
    /// <summary>Positional words; optional ones come last.</summary>
    public IReadOnlyList<VerbArgument> Arguments { get; init; } = [];

    public IReadOnlyList<VerbOption> Options { get; init; } = [];

    /// <summary>Each begins with the name.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    public static IReadOnlyList<OperatorVerb> All => OperatorVerbs.All;
}

/// <param name="Name">In capitals.</param>
/// <param name="Choices">The words that it may be; none: anything.</param>
public sealed record VerbArgument(string Name, string Description, params IReadOnlyList<string> Choices)
{
    public bool IsOptional { get; init; }
}

/// <param name="Name">With its two dashes.</param>
/// <param name="Value">What stands behind it, in capitals; null: nothing does.</param>
/// <param name="Choices">The words that the value may be; none: anything.</param>
public sealed record VerbOption(string Name, string? Value, string Description, params IReadOnlyList<string> Choices);

/// <summary>The words behind a verb, sorted into arguments and options. A getter that finds an error reports it and returns
/// nothing.</summary>
public sealed class VerbWords
{
    private readonly OperatorVerb _verb;
    private readonly List<string> _arguments = [];
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
    private readonly List<string> _errors = [];

    internal VerbWords(OperatorVerb verb, ReadOnlySpan<string> words)
    {
        _verb = verb;
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word == "--")
            {
                _arguments.AddRange(words[(i + 1)..]);
                break;
            }
            if (!word.StartsWith("--", StringComparison.Ordinal))
                _arguments.Add(word);
            else if (TakesNext(word, i + 1 < words.Length ? words[i + 1] : null))
                i++;
        }
        CheckCount();
    }

    public IReadOnlyList<string> Errors => _errors;

    public void Report(string error) => _errors.Add(CellText.OneLine(error));

    /// <returns>Null where it was left out.</returns>
    public string? Argument(int index) => index < _arguments.Count ? _arguments[index] : null;

    public bool Flag(string name) => _options.ContainsKey(name);

    public string? Option(string name) => _options.GetValueOrDefault(name);

    /// <summary>The argument at this place; its choices are names of the enum.</summary>
    public T? Choice<T>(int index)
        where T : struct, Enum => Choice<T>(_verb.Arguments[index].Name, Argument(index), _verb.Arguments[index].Choices);

    /// <summary>The value of this option; its choices are names of the enum.</summary>
    public T? Choice<T>(string option)
        where T : struct, Enum => Choice<T>(option, Option(option), _verb.Options.First(known => known.Name == option).Choices);

    public long? Number(string name, string? word, long min, long max)
    {
        if (word is null)
            return null;
        if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Report($"{name}: '{Shown(word)}' is no number here; expected {min} to {max}");
        return null;
    }

    public TimeSpan? Duration(string name)
    {
        if (Option(name) is not { } word)
            return null;
        if (HoconDuration.Read(word, out var duration) == HoconUnitStatus.Ok)
            return duration;
        Report($"{name}: '{Shown(word)}' is no duration; expected one such as 90s, 5m or 2h");
        return null;
    }

    public long? Size(string name)
    {
        if (Option(name) is not { } word)
            return null;
        if (HoconSize.Read(word, out var bytes) is HoconUnitStatus.Ok or HoconUnitStatus.NoUnit)
            return bytes;
        Report($"{name}: '{Shown(word)}' is no size; expected one such as 4096, 10MiB or 1GB");
        return null;
    }

    /// <summary>A word in a message: short, and on one line.</summary>
    public static string Shown(string word) => CellText.OneLine(word.Length <= 80 ? word : word[..77] + "...");

    private T? Choice<T>(string name, string? word, IReadOnlyList<string> choices)
        where T : struct, Enum
    {
        if (word is null)
            return null;
        if (choices.Contains(word))
            return Enum.TryParse<T>(word, ignoreCase: true, out var value) ? value : null;
        Report($"{name}: '{Shown(word)}' is not known here{Nearest.Hint(word, choices)}");
        return null;
    }

    /// <returns>Whether the next word is this option's value.</returns>
    private bool TakesNext(string word, string? next)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        if (_verb.Options.FirstOrDefault(option => option.Name == name) is not { } option)
        {
            Report(
                $"{_verb.Name} has no option '{Shown(name)}'{Nearest.Hint(name, [.. _verb.Options.Select(static known => known.Name)])}");
            return false;
        }
        if (option.Value is null && equals >= 0)
            Report($"{name} takes no value");
        else if (option.Value is not null && equals < 0 && next is null)
            Report($"{name} needs a value: {name} {option.Value}");
        else if (!_options.TryAdd(name, equals >= 0 ? word[(equals + 1)..] : option.Value is null ? "" : next!))
            Report($"{name} is there twice");
        return option.Value is not null && equals < 0;
    }

    /// <summary>An extra number after a verb with filters is probably the id of a connection.</summary>
    private string Instead(string word) =>
        word.All(char.IsAsciiDigit) && _verb.Options.Any(static option => option.Name == FilterWords.Id)
            ? $"; expected {FilterWords.Id} {Shown(word)}"
            : "";

    private void CheckCount()
    {
        for (var i = _arguments.Count; i < _verb.Arguments.Count; i++)
        {
            if (!_verb.Arguments[i].IsOptional)
                Report($"{_verb.Name} needs {_verb.Arguments[i].Name}: {_verb.Arguments[i].Description}");
        }
        for (var i = _verb.Arguments.Count; i < _arguments.Count; i++)
            Report($"'{Shown(_arguments[i])}' is one word too many for {_verb.Name}{Instead(_arguments[i])}");
    }
}
