using System.Net;

namespace EdgeActors.Config;

/// <summary>Where operators come in.</summary>
/// <param name="Socket">Path of a Unix socket, for <c>edge ctl</c>; null: off.</param>
/// <param name="Pbm">A loopback address for Petabridge.Cmd; null: off. Whether this build has it, the host decides.</param>
public sealed record ControlSettings(string? Socket, IPEndPoint? Pbm)
{
    public static ControlSettings Off { get; } = new(null, null);

    /// <summary>Where the cluster's actor system lets it in: at the next port.</summary>
    public IPEndPoint? PbmOfCluster => Pbm is null ? null : new IPEndPoint(Pbm.Address, Pbm.Port == IPEndPoint.MaxPort ? Pbm.Port - 1 : Pbm.Port + 1);
}
