using System.Globalization;

namespace Akka.Actor;

/// <summary>Where an actor system is: <c>protocol://system</c>, or <c>protocol://system@host:port</c> when it can be reached from elsewhere.</summary>
public sealed class Address(string protocol, string system, string? host = null, int? port = null)
    : IEquatable<Address>, IComparable<Address>
{
    public static readonly Address AllSystems = new("akka", "all-systems");

    public string Protocol { get; } = protocol;

    public string System { get; } = system;

    public string? Host { get; } = host;

    public int? Port { get; } = port;

    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    public bool HasGlobalScope => !HasLocalScope;

    public string HostPort() => ToString()[(Protocol.Length + 3)..];

    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    public Address WithHost(string? host = null) => new(Protocol, System, host, Port);

    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    public static Address Parse(string address) =>
        TryParse(address, out var parsed) ? parsed! : throw new UriFormatException($"\"{address}\" is not an actor system address.");

    public static bool TryParse(string path, out Address? address)
    {
        address = null;
        if (path is null || path.IndexOf("://", StringComparison.Ordinal) is var scheme && scheme <= 0)
            return false;
        var rest = path[(scheme + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
            rest = rest[..slash];
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            if (rest.Length == 0)
                return false;
            address = new Address(path[..scheme], rest);
            return true;
        }

        var colon = rest.LastIndexOf(':');
        if (at == 0 || colon <= at + 1 || !int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        address = new Address(path[..scheme], rest[..at], rest[(at + 1)..colon], number);
        return true;
    }

    public int CompareTo(Address? other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());

    public bool Equals(Address? other) => other is not null
        && Port == other.Port && Host == other.Host && System == other.System && Protocol == other.Protocol;

    public override bool Equals(object? obj) => Equals(obj as Address);

    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    public override string ToString() => HasLocalScope
        ? $"{Protocol}://{System}"
        : string.Create(CultureInfo.InvariantCulture, $"{Protocol}://{System}@{Host}:{Port}");

    public static bool operator ==(Address? left, Address? right) => Equals(left, right);

    public static bool operator !=(Address? left, Address? right) => !Equals(left, right);
}
