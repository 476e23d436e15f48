using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>A fact that needs root, network namespaces and keepalived. Where a program is missing, it is as
/// <see cref="RequiresToolFactAttribute"/> says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPairFactAttribute : FactAttribute
{
    public RequiresPairFactAttribute() => Skip = Pair.WhyNot;
}

/// <summary>A theory likewise.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPairTheoryAttribute : TheoryAttribute
{
    public RequiresPairTheoryAttribute() => Skip = Pair.WhyNot;
}

file static class Pair
{
    /// <summary>Null: a pair can be made here.</summary>
    public static string? WhyNot { get; } = NetworkNamespaces.WhyNot ?? Missing();

    private static string? Missing()
    {
        var missing = ((string[])["keepalived", "curl", "flock", "tc"]).Where(static tool => Tool.Find(tool) is null).ToArray();
        return missing.Length == 0 || Environment.GetEnvironmentVariable("EDGE_REQUIRE_TOOLS") == "1"
            ? null
            : $"{string.Join(" and ", missing)} not installed";
    }
}
