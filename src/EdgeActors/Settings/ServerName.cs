using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace EdgeActors.Settings;

/// <summary>
/// The one spelling of a host name that routes are looked up by: lower case, no trailing dot, at most 253 characters in
/// labels of at most 63. Letters, digits, hyphens inside a label; underscores too, since clients send names that carry them.
/// An address is not a name (RFC 6066 §3), and no top-level domain is a number (RFC 1123 §2.1), so a numeric last label is refused.
/// </summary>
public static class ServerName
{
    /// <summary>Characters of the longest name, without trailing dot (RFC 1035 §2.3.4: 255 octets on the wire).</summary>
    public const int MaxLength = 253;

    private const int MaxLabel = 63;

    /// <summary>Normalises a name as it came in a hello. False where it is none.</summary>
    public static bool TryNormalize(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!raw.IsEmpty && raw[^1] == '.')
            raw = raw[..^1];
        if (raw.Length is 0 or > MaxLength)
            return false;

        Span<char> lower = stackalloc char[MaxLength];
        var label = 0;
        var numeric = true;
        byte previous = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '.')
            {
                if (label == 0 || previous == '-')
                    return false;
                label = 0;
                numeric = true;
            }
            else
            {
                if (!IsAllowed(c) || (c == '-' && label == 0) || ++label > MaxLabel)
                    return false;
                numeric &= char.IsAsciiDigit((char)c);
            }

            lower[i] = c is >= (byte)'A' and <= (byte)'Z' ? (char)(c | 0x20) : (char)c;
            previous = c;
        }

        if (label == 0 || previous == '-' || numeric)
            return false;
        name = new string(lower[..raw.Length]);
        return true;
    }

    /// <summary>Normalises a name as it was written in a configuration. False where it is none.</summary>
    public static bool TryNormalize(string raw, [NotNullWhen(true)] out string? name)
    {
        ArgumentNullException.ThrowIfNull(raw);
        name = null;
        Span<byte> ascii = stackalloc byte[MaxLength + 1];
        // What is not ASCII becomes '?', which no name has.
        return raw.Length <= ascii.Length
            && TryNormalize(ascii[..Encoding.ASCII.GetBytes(raw, ascii)], out name);
    }

    private static bool IsAllowed(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'-' or (byte)'_';
}

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
    private static bool IsPlain(string text) => text.EnumerateRunes().All(static rune => rune.Value is not (>= 0x0300 and <= 0x036F)
        && (rune.IsAscii || rune.Value is '\u3002' or '\uFF0E' or '\uFF61' || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.DecimalDigitNumber));
}
