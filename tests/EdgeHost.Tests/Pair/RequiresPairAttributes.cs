using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>A fact that needs root, network namespaces and keepalived. Where a program is missing, it is as <see cref="RequiresToolFactAttribute"/> says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPairFactAttribute : FactAttribute
{
    public RequiresPairFactAttribute() => Skip = Why.Not;
}

/// <summary>A fact about two nodes that are a cluster, which needs the packages.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresClusteredPairFactAttribute : FactAttribute
{
    public RequiresClusteredPairFactAttribute() => Skip = Why.NotClustered;
}

/// <summary>A theory likewise.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresClusteredPairTheoryAttribute : TheoryAttribute
{
    public RequiresClusteredPairTheoryAttribute() => Skip = Why.NotClustered;
}

file static class Why
{
    public static string? Not { get; } = NetworkNamespaces.WhyNot ?? Missing();

#if AKKA_LOCAL
    public static string? NotClustered => "Akka.Local has no clustering";
#else
    public static string? NotClustered => Not;
#endif

    private static string? Missing()
    {
        var missing = ((string[])["keepalived", "curl", "flock", "tc"]).Where(static tool => Tool.Find(tool) is null).ToArray();
        return missing.Length == 0 || Environment.GetEnvironmentVariable("EDGE_REQUIRE_TOOLS") == "1" ? null : $"{string.Join(" and ", missing)} not installed";
    }
}
