namespace Akka.Configuration;

/// <summary>A configuration that cannot be read or that does not fit what is asked of it.</summary>
public class ConfigurationException : Actor.AkkaException
{
    public ConfigurationException(string message)
        : base(message)
    {
    }

    public ConfigurationException(string message, Exception exception)
        : base(message, exception)
    {
    }
}
