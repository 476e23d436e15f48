using Akka;
using Akka.Actor;
using EdgeActors;
using EdgeActors.Telemetry;
using EdgeHost.Handover;
using EdgeHost.Redirect;

namespace EdgeHost.Hosting;

/// <summary>The first step of a shutdown: the floating IP goes to the other node before the listeners close.</summary>
internal static class FloatingIpShutdown
{
    public static void Add(CoordinatedShutdown shutdown, EdgeNode node, HostSockets sockets) =>
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "edge-floating-ip", async () =>
        {
            // The operator's entrance goes on: whoever moves the address asks it whether this node is ready.
            switch (await node.HandOverFloatingIp(on => Ignore(sockets, on, node.State.Log)))
            {
                case true:
                    node.State.Log.Info("the floating IP is with the other node");
                    break;
                case false:
                    node.State.Log.Warning("nobody has taken the floating IP, it goes all the same");
                    break;
            }
            return Done.Instance;
        });

    private static void Ignore(HostSockets sockets, bool on, EdgeLog log)
    {
        if (!sockets.IgnoreNewcomers(RedirectServer.Name, on))
            log.Warning($"{RedirectServer.Name}: newcomers are answered all the same, as the kernel takes no filter");
    }
}
