using Akka;
using Akka.Actor;
using EdgeActors;

namespace EdgeHost.Hosting;

/// <summary>The first step of a shutdown: the floating IP goes to the other node before the listeners close.</summary>
internal static class FloatingIpShutdown
{
    public static void Add(CoordinatedShutdown shutdown, EdgeNode node) =>
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "edge-floating-ip", async () =>
        {
            switch (await node.HandOverFloatingIp())
            {
                case true:
                    node.Log.Info("the floating IP is with the other node");
                    break;
                case false:
                    node.Log.Warning("nobody has taken the floating IP, it goes all the same");
                    break;
            }
            return Done.Instance;
        });
}
