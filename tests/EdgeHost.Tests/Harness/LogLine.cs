using System.Net;

namespace EdgeHost.Tests.Harness;

/// <summary>One line of a connection in Edge's log, by its keys.</summary>
internal sealed class LogLine(string text)
{
    public string this[string key]
    {
        get
        {
            var field = text.Split(' ').FirstOrDefault(field => field.StartsWith($"{key}=", StringComparison.Ordinal));
            Assert.True(field is not null, $"no {key}= in: {text}");
            return field[(key.Length + 1)..];
        }
    }

    public static bool Is(string line, string step) => line.Contains($"Z {step} ", StringComparison.Ordinal);

    public static bool Is(string line, string step, EndPoint client) =>
        Is(line, step) && $"{line} ".Contains($" client={client} ", StringComparison.Ordinal);

    public override string ToString() => text;
}
