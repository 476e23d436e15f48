namespace Akka.Actor.Internal;

/// <summary>Numbers as short names: a, b, ... z, A ... Z, 0 ... 9, +, ~, then two characters.</summary>
internal static class NameSequence
{
    private const string Digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    internal static string Text(long number)
    {
        Span<char> text = stackalloc char[11];
        var length = 0;
        do
        {
            text[length++] = Digits[(int)(number & 63)];
            number >>>= 6;
        }
        while (number != 0);
        return new string(text[..length]);
    }
}
