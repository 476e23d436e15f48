using System.Reflection;
using Akka.Actor;

namespace EdgeHost.Cli;

/// <summary>Which Edge this is, and on which Akka.NET it runs.</summary>
internal static class EdgeVersion
{
    public static string Edge { get; } = Of(typeof(EdgeVersion).Assembly);

    public static string Text { get; } = $"edge {Edge} on Akka.NET {Of(typeof(ActorSystem).Assembly)}";

    /// <summary>The informational version without the commit behind the plus.</summary>
    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}
