using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using EdgeActors.Config;

namespace EdgeActors.Settings;

/// <summary>Names as people write them, to the one spelling that <see cref="ServerName"/> compares.</summary>
internal static class HostName
{
    private static readonly IdnMapping Idn = new();

    public static bool TryRead(string text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (Ascii.IsValid(text))
            return ServerName.TryNormalize(text, out name);
        if (!IsPlain(text))
            return false;
        try
        {
            return ServerName.TryNormalize(Idn.GetAscii(text.ToLowerInvariant()), out name);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Letters, their marks and digits (the heart of RFC 5892). Without ICU nothing composes a letter and its accent: the
    /// A-label of a decomposed name would be one that no client sends.</summary>
    private static bool IsPlain(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            var usable = rune.IsAscii || rune.Value is '\u3002' or '\uFF0E' or '\uFF61' || Rune.GetUnicodeCategory(rune) is
                UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;
            if (!usable || rune.Value is >= 0x0300 and <= 0x036F)
                return false;
        }
        return true;
    }
}
