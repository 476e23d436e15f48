using EdgeActors.Transport;

namespace EdgeActors.Config;

/// <summary>What becomes of clients whose first bytes lead nowhere: each kind of them by a policy of its own.</summary>
/// <param name="NoSni">TLS without a server name.</param>
/// <param name="UnknownSni">A name that no route takes (the default route takes any), or something that is no name.</param>
/// <param name="NotTls">Another protocol by its first bytes.</param>
public sealed record RefusalSettings(RefusalPolicy NoSni, RefusalPolicy UnknownSni, RefusalPolicy NotTls);

/// <param name="Mode">How it ends, unless a backend is given.</param>
/// <param name="Backend">It is not refused but carried there, with the bytes that it has sent. A key of <see cref="EdgeSettings.Backends"/>.</param>
public sealed record RefusalPolicy(CloseMode Mode, string? Backend = null);
