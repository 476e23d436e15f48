using System.Globalization;
using System.Text;

namespace Akka.Event;

public interface ILogMessageFormatter
{
    string Format(string format, params object[] args);

    string Format(string format, IEnumerable<object> args);
}

/// <summary>Fills <c>{0}</c> as <see cref="string.Format(string, object?[])"/> does, and named holes such as <c>{Server}</c> in their order.</summary>
public class DefaultLogMessageFormatter : ILogMessageFormatter
{
    public static readonly DefaultLogMessageFormatter Instance = new();

    public string Format(string format, params object[] args)
    {
        if (args.Length == 0)
            return format;
        var hole = format.IndexOf('{', StringComparison.Ordinal);
        var named = hole >= 0 && hole + 1 < format.Length && (char.IsAsciiLetter(format[hole + 1]) || format[hole + 1] is '_' or '@');
        return string.Format(CultureInfo.InvariantCulture, named ? NumberHoles(format) : format, args);
    }

    public string Format(string format, IEnumerable<object> args) => Format(format, args.ToArray());

    private static string NumberHoles(string format)
    {
        var result = new StringBuilder(format.Length);
        var hole = 0;
        for (var i = 0; i < format.Length; i++)
        {
            result.Append(format[i]);
            if (format[i] is not '{' || i + 1 == format.Length)
                continue;
            if (format[i + 1] is '{')
            {
                result.Append(format[++i]);
                continue;
            }

            while (i + 1 < format.Length && format[i + 1] is not (',' or ':' or '}'))
                i++;
            result.Append(CultureInfo.InvariantCulture, $"{hole++}");
        }

        return result.ToString();
    }
}

/// <summary>A text with holes, filled only when somebody reads it.</summary>
public abstract class LogMessage(ILogMessageFormatter formatter, string format)
{
    protected readonly ILogMessageFormatter Formatter = formatter;

    public string Format { get; } = format;

    public abstract IEnumerable<object> Parameters();

    public abstract string Unformatted();
}

internal sealed class DefaultLogMessage(ILogMessageFormatter formatter, string format, object?[] args) : LogMessage(formatter, format)
{
    public override IEnumerable<object> Parameters() => args!;

    public override string Unformatted() => Format + " [" + string.Join(", ", args) + "]";

    public override string ToString()
    {
        try
        {
            return Formatter.Format(Format, args!);
        }
        catch (FormatException)
        {
            // A slip in a log line must cost neither the line nor the logger.
            return Unformatted();
        }
    }
}
