using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>What a configuration could come to have open at once. Pure.</summary>
/// <param name="Connections">Clients; two descriptors each, the client's and the server's.</param>
/// <param name="Pipes">Two descriptors each.</param>
/// <param name="Silent">Silently dropped clients that are held; as many more may be those that were sent an alert.</param>
/// <param name="Others">Descriptors of everything else.</param>
public sealed record DescriptorNeeds(int Connections, int Pipes, int Silent, int Others)
{
    /// <summary>Of the runtime itself, and for files and name look-ups that come and go: some 50 are open in a process that does nothing.</summary>
    public const int Reserve = 128;

    /// <summary>Clients of the control socket at once.</summary>
    private const int ControlSessions = 256;

    /// <summary>For all connections, pipes and held sockets, and what else there is.</summary>
    public long Total => Others + 2L * Connections + 2L * Pipes + 2L * Silent;

    public static DescriptorNeeds Of(EdgeSettings settings)
    {
        var epoll = Transports.IsEpoll(settings.Transport);
        var reactors = epoll ? Transports.Reactors(settings.Transport) : 1;
        var listening = settings.Listeners.Sum(static listener => listener.Binds.Count) * reactors;
        var others = Reserve
            // Each may accept one client more than there is room for; and another process may be given each.
            + listening * (1 + 2 + 1)
            // epoll and eventfd, and what is rounded up where pipes and held sockets are shared out.
            + reactors * (2 + 6)
            + settings.Backends.Values.Where(static backend => backend.Health.Enabled).Sum(static backend => backend.Servers.Count)
            + (settings.HttpRedirect is { } redirect ? redirect.Binds.Count + redirect.MaxConnections * (redirect.AcmeBackend is null ? 1 : 2) : 0)
            + (settings.Admin is { } admin ? 2 * (1 + admin.MaxConnections) : 0)
            + (settings.Control.Socket is null ? 0 : ControlSessions);
        return new DescriptorNeeds(settings.Limits.MaxConnections, epoll ? settings.Transport.MaxPipes : 0, settings.SilentDrop.Max, others);
    }
}
