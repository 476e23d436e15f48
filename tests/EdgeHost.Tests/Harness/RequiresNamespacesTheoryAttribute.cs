namespace EdgeHost.Tests.Harness;

/// <summary>A theory on a network of its own. Where a program is missing, it is as <see cref="RequiresToolFactAttribute"/> says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresNamespacesTheoryAttribute : TheoryAttribute
{
    public RequiresNamespacesTheoryAttribute() => Skip = NetworkNamespaces.WhyNot;
}
