namespace EdgeHost.Tests.Harness;

/// <summary>Specs that use much of the machine, or count on its clock: one after the other, with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Heavy
{
    public const string Name = "heavy";
}
