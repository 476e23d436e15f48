using System.Net;
using EdgeActors.Config;
using EdgeActors.Route;

namespace EdgeActors.Health;

/// <summary>One server under check. What is learnt of it is kept here and outlives the probe, so a restart forgets nothing.</summary>
public sealed record ProbeTarget(string Backend, BackendServer Server, HealthSettings Settings, HealthState State, IPAddress? Source = null)
{
    /// <summary>Servers of its pool.</summary>
    public int PoolSize { get; init; } = 1;

    /// <summary>The server name for the check's ClientHello; null: none is sent.</summary>
    public string? Sni { get; init; } = Settings.Sni;

    public ProbeRecord Record { get; } = new(
        new ProbeStatus { Backend = Backend, Server = Server.Name, EndPoint = Server.EndPoint, Up = State.IsUp });

    public ConnectErrors Errors { get; } = new(Settings.ErrorLimit);

    /// <summary>For messages.</summary>
    public string Name => $"server {Backend}/{Server.Name} ({Server.EndPoint})";

    /// <summary>What the router has been told of the server may be older than what is known: the first check tells it again.</summary>
    internal bool TellsAnyway { get; set; }

    /// <summary>Whether both check the same server in the same way.</summary>
    internal bool ChecksLike(ProbeTarget other) => Server.Is(other.Server) && Settings == other.Settings && Sni == other.Sni && Equals(Source, other.Source);

    /// <summary>The same, of a server whose state is known already.</summary>
    internal ProbeTarget KnownAs(bool up) => new(Backend, Server, Settings, HealthState.Known(Settings.Rise, Settings.Fall, up), Source)
    {
        PoolSize = PoolSize,
        Sni = Sni,
        TellsAnyway = true,
    };

    public static ProbeTarget For(BackendSettings backend, BackendServer server, int poolSize)
    {
        var health = backend.Health;
        var named = backend.Servers.FirstOrDefault(settings => settings.Name == server.Name)?.EndPoint as DnsEndPoint;
        return new ProbeTarget(
            backend.Name, server, health, new HealthState(health.Rise, health.Fall, health.Initial), server.SourceOf(backend))
        {
            PoolSize = poolSize,
            Sni = health.Sni ?? named?.Host,
        };
    }
}
