using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>The addresses of the node that runs with a configuration file. The rest of the file is not checked: the health check of
/// a container runs every few seconds.</summary>
/// <param name="Health">Its HTTP endpoint for health; null: off, or with a port that only the kernel knows.</param>
/// <param name="Control">Path of its control socket; null: off.</param>
/// <param name="Listener">An address that it listens on; null: there is none with a port of its own.</param>
public sealed record OperatorEndpoints(IPEndPoint? Health, string? Control, IPEndPoint? Listener)
{
    /// <param name="mistake">Why the file cannot be read.</param>
    /// <param name="environment">What <c>${?NAME}</c> sees; null: the environment of this process.</param>
    /// <returns>Null when the file cannot be read as HOCON.</returns>
    public static OperatorEndpoints? Load(string path, out string mistake, Func<string, string?>? environment = null)
    {
        var result = HoconReader.ReadFile(path, environment ?? Environment.GetEnvironmentVariable);
        mistake = result.Errors.Count > 0 ? result.Errors[0].ToString() : "";
        return result.Root is not { } root ? null : new OperatorEndpoints(
            Address(root.Find("edge", "admin", "health-bind")),
            root.Find("edge", "control", "socket") is HoconScalar { Text: ['/', ..] } text ? text.Text : null,
            (root.Find("edge", "listeners") as HoconObject)?.Fields
                .Select(static field => Address((field.Value as HoconObject)?.Find("bind")))
                .FirstOrDefault(static address => address is not null));
    }

    /// <summary>As it is reached from this machine: a wildcard by the loopback of its family.</summary>
    private static IPEndPoint? Address(HoconValue? value)
    {
        if (value is HoconArray { Items: [var first, ..] })
            value = first;
        if (value is not HoconScalar text || !Addresses.TryReadBind(text.Text, out var bind, out _) || bind.EndPoint.Port == 0)
            return null;
        var address = bind.EndPoint.Address;
        if (bind.DualMode || address.Equals(IPAddress.Any))
            address = IPAddress.Loopback;
        else if (address.Equals(IPAddress.IPv6Any))
            address = IPAddress.IPv6Loopback;
        return new IPEndPoint(address, bind.EndPoint.Port);
    }
}
