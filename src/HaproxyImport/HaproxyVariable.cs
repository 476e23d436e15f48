using System.Text.RegularExpressions;

namespace HaproxyImport;

/// <summary>
/// Variables of the environment inside of words. They are not read when the configuration is imported but carried over, since what they are
/// here and now need not be what they are where Edge will run. They stand between two noncharacters of Unicode, which
/// <see cref="HaproxyFile"/> lets no text have.
/// </summary>
internal static partial class HaproxyVariable
{
    public const char Open = '\uFDD0', Default = '\uFDD1', Close = '\uFDD2';

    public static string Mark(string name) => $"{Open}{name}{Close}";

    public static string Mark(string name, string otherwise) => $"{Open}{name}{Default}{otherwise}{Close}";

    public static bool IsIn(string word) => word.Contains(Open, StringComparison.Ordinal);

    /// <summary>As it was written.</summary>
    public static string Shown(string word) =>
        IsIn(word)
            ? Marked().Replace(
                word, static m => m.Groups[2].Success ? $"${{{m.Groups[1].Value}-{m.Groups[2].Value}}}" : $"${{{m.Groups[1].Value}}}")
            : word;

    /// <summary>Replaces variables that the configuration itself sets.</summary>
    public static string Resolve(string word, IReadOnlyDictionary<string, string> set) =>
        IsIn(word) ? Marked().Replace(word, m => set.TryGetValue(m.Groups[1].Value, out var value) ? value : m.Value) : word;

    /// <summary>With the value for the case that the environment has none in the place of each variable that has such a value; HOCON has
    /// no such thing.</summary>
    /// <param name="preset">Values of variables that give none themselves, or another one.</param>
    public static string WithDefaults(string word, IReadOnlyDictionary<string, string> preset) => !IsIn(word) ? word
        : Marked().Replace(
            word, m => preset.TryGetValue(m.Groups[1].Value, out var value) ? value : m.Groups[2].Success ? m.Groups[2].Value : m.Value);

    /// <summary>Text and names of variables in turns, beginning with a text, which may be empty.</summary>
    public static string[] Parts(string word) => word.Split([Open, Close]);

    [GeneratedRegex("\uFDD0([^\uFDD1\uFDD2]*)(?:\uFDD1([^\uFDD2]*))?\uFDD2")]
    private static partial Regex Marked();
}
