using System.Net;

namespace EdgeLoad.Load;

/// <summary>The proxy under load.</summary>
/// <param name="Proxy">Where it listens, IPv4.</param>
/// <param name="ServerName">The name it leads to the backend.</param>
/// <param name="Processes">Its processes, whose CPU time and memory are read; none: they are not measured.</param>
internal sealed record Target(IPEndPoint Proxy, string ServerName, IReadOnlyList<int> Processes);
