namespace EdgeActors.Config;

/// <summary>Names that operators choose, and later type into commands and read in logs and metrics.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    public static string Expected => $"expected up to {MaxLength} letters, digits, '-', '_' or '.'";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>Which of the known words was probably meant.</summary>
internal static class Nearest
{
    /// <returns><c>; did you mean 'x'?</c> when one is close, else <c>; expected one of ...</c>, or nothing when there are none.</returns>
    public static string Hint(string written, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0)
            return "";
        var best = known.MinBy(word => Distance(written, word))!;
        // Beyond a third of its letters a word is another word.
        return Distance(written, best) <= Math.Max(2, written.Length / 3)
            ? $"; did you mean '{best}'?"
            : $"; expected {(known.Count == 1 ? "" : "one of ")}{string.Join(", ", known)}";
    }

    /// <summary>Levenshtein: letters to insert, delete or replace.</summary>
    public static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], row[j]) + 1);
            }
        }
        return row[b.Length];
    }
}
