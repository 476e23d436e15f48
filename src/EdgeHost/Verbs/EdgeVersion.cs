using System.Reflection;
using Akka.Actor;

namespace EdgeHost.Verbs;

/// <summary>Which Edge this is, and on which Akka it runs.</summary>
internal static class EdgeVersion
{
    public static string Text { get; } = $"edge {Of(typeof(EdgeVersion).Assembly)} on {Akka()}";

    private static string Akka()
    {
        var assembly = typeof(ActorSystem).Assembly;
        return assembly.GetName().Name == "Akka" ? $"Akka.NET {Of(assembly)}" : "Akka.Local";
    }

    /// <summary>The informational version without the commit behind the plus.</summary>
    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}
