using System.Net;

namespace EdgeActors.Config;

/// <summary>Where operators come in.</summary>
/// <param name="Socket">Path of a Unix socket, for <c>edge ctl</c>; null: off.</param>
/// <param name="Pbm">A loopback address for Petabridge.Cmd; null: off. Whether this build has it, the host decides.</param>
public sealed record ControlSettings(string? Socket, IPEndPoint? Pbm)
{
    public static ControlSettings Off { get; } = new(null, null);
}
