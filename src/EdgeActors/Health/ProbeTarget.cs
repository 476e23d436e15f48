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
