namespace Petabridge.Cmd;

/// <summary>What a client wants.</summary>
/// <param name="arguments">Switch and value. The value of a switch that stands alone is null.</param>
public sealed class Command(string palette, string name, IEnumerable<Tuple<string, string>> arguments)
{
    public string Palette { get; } = palette;

    public string Name { get; } = name;

    public IReadOnlyList<Tuple<string, string>> Arguments { get; } = [.. arguments];
}

/// <summary>A part of the answer.</summary>
/// <param name="final">No other one follows.</param>
public class CommandResponse(string msg, bool final)
{
    public static readonly CommandResponse Empty = new("");

    public CommandResponse(string msg)
        : this(msg, true)
    {
    }

    public string Msg { get; } = msg;

    public bool Final { get; } = final;
}

public sealed class ErroredCommandResponse(string msg, bool final) : CommandResponse(msg, final)
{
    public ErroredCommandResponse(string msg)
        : this(msg, true)
    {
    }
}
