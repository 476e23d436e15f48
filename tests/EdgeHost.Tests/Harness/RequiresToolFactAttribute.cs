namespace EdgeHost.Tests.Harness;

/// <summary>
/// A fact that uses programs of the machine. Where one is missing it is skipped and says so; with <c>EDGE_REQUIRE_TOOLS=1</c> it runs, and
/// fails, so that a build which promises them cannot pass without.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolFactAttribute : FactAttribute
{
    public RequiresToolFactAttribute(params string[] tools)
    {
        Tools = tools;
        var missing = tools.Where(tool => Tool.Find(tool) is null).ToArray();
        if (missing.Length > 0 && Environment.GetEnvironmentVariable("EDGE_REQUIRE_TOOLS") != "1")
            Skip = $"{string.Join(" and ", missing)} not installed";
    }

    public IReadOnlyList<string> Tools { get; }

    /// <summary>Why the one who runs the tests has to be root, if it must be so.</summary>
    public string? Root
    {
        get;
        set
        {
            field = value;
            if (!Environment.IsPrivilegedProcess)
                Skip = $"needs root: {value}";
        }
    }
}
