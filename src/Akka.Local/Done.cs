namespace Akka;

/// <summary>The one value of "it is done", for tasks that have nothing else to say.</summary>
public sealed class Done
{
    public static readonly Done Instance = new();

    private Done()
    {
    }

    public override string ToString() => "Done";
}
