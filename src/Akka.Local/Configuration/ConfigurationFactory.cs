using System.Reflection;
using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>Text to <see cref="Config"/>. Beyond Akka.NET's own reader: substitutions may be optional and may come from the environment,
/// and includes are relative to the current directory.</summary>
public class ConfigurationFactory
{
    public static Config Empty => ParseString("");

    /// <exception cref="ConfigurationException">The text is not HOCON; the message has a line for every mistake.</exception>
    public static Config ParseString(string hocon)
    {
        ArgumentNullException.ThrowIfNull(hocon);
        var result = Edge.Hocon.HoconReader.ReadText(hocon, "hocon", Environment.GetEnvironmentVariable, Environment.CurrentDirectory);
        if (result.Root is null)
        {
            var cause = new Edge.Hocon.HoconException(result.Errors);
            throw new ConfigurationException(cause.Message, cause);
        }
        return new Config(new HoconRoot(new HoconValue(result.Root)));
    }

    /// <summary>What a system without a config of its own gets. There is no application file to look into, so it is empty.</summary>
    public static Config Load() => Empty;

    /// <summary>The value of each key that nobody sets.</summary>
    public static Config Default() => Actor.ReferenceConfig.Value;

    /// <exception cref="ConfigurationException">The assembly has no such resource, or it is not HOCON.</exception>
    public static Config FromResource(string resourceName, Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"{assembly.GetName().Name} has no resource '{resourceName}'.");
        using var reader = new StreamReader(stream);
        return ParseString(reader.ReadToEnd());
    }

    public static Config FromResource<TAssembly>(string resourceName) => FromResource(resourceName, typeof(TAssembly).Assembly);
}
