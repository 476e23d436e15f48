namespace Edge.Hocon;

/// <summary>What a message calls a value.</summary>
public static class HoconKind
{
    public static string Of(HoconValue value) => value switch
    {
        HoconObject => "an object",
        HoconArray => "an array",
        HoconScalar { IsNull: true } => "null",
        _ => "text",
    };
}
