namespace Akka.Configuration.Hocon;

/// <summary>The outermost value of a config.</summary>
public class HoconRoot(HoconValue value)
{
    public HoconValue Value { get; } = value;
}
