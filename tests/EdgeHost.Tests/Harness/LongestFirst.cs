using EdgeHost.Tests.EndToEnd;
using EdgeHost.Tests.Handover;
using EdgeHost.Tests.Pair;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(EdgeHost.Tests.Harness.LongestFirst))]

namespace EdgeHost.Tests.Harness;

/// <summary>Starts the classes first that take minutes and mostly wait, so that the others fill the time beside them.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_long = [.. new[] { typeof(ClusteredPairSpecs), typeof(FloatingIpSpecs), typeof(SilentDropSpecs), typeof(UpgradeSpecs) }
        .Select(static type => $"Test collection for {type.FullName} ")];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(static collection =>
            Array.FindIndex(
                s_long, name => collection.TestCollectionDisplayName.StartsWith(name, StringComparison.Ordinal)) is var index and >= 0
                ? index
                : s_long.Length)];
}
