namespace EdgeHost.Tests.Harness;

/// <summary>Specs that use much of the machine or measure time: one after the other, with nothing beside them. Those that only wait run in
/// parallel.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Heavy
{
    public const string Name = "heavy";
}
