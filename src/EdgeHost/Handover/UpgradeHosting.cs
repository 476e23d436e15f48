using EdgeActors;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Hosting;

namespace EdgeHost.Handover;

/// <summary>Where taking over stands in the life of a process: at its very beginning, and at the end of its start.</summary>
internal static class UpgradeHosting
{
    /// <summary>Whoever is there already is asked for what it has.</summary>
    /// <returns>Why this process cannot start; null: it can.</returns>
    public static async Task<string?> Find(UpgradeSettings settings, EdgeNodeHolder holder, EdgeLog log)
    {
        if (settings.Socket is not { } path)
            return null;
        if (!SharedSockets.IsSupported)
            return "upgrade.socket: sockets are handed over on Linux only; expected off";
        try
        {
            holder.Predecessor = await Predecessor.Find(path, log);
            holder.Sockets = new HostSockets(holder.Predecessor?.Inheritance);
            return null;
        }
        catch (UpgradeException e)
        {
            return e.Message;
        }
    }

    /// <summary>Everything else is up: the process before this one accepts no more, and this one begins; who comes in between waits in the queue
    /// that both have. The next one will find this one.</summary>
    /// <exception cref="UpgradeException">The process before this one goes on, so this one must not.</exception>
    /// <exception cref="EdgeHost.Control.ControlSocketException">The socket cannot be had.</exception>
    public static async Task Begin(string path, EdgeNode node, EdgeNodeHolder holder)
    {
        var heritage = new NodeHeritage(node, holder);
        if (holder.Predecessor is not { } before)
        {
            holder.Upgrade = UpgradeServer.Start(path, heritage, node.State.Log);
            return;
        }
        holder.Upgrade = UpgradeServer.Prepare(path, heritage, node.State.Log);
        node.State.FloatingIp.Tell(await before.TakeOver());
        node.BeginToAccept();
        holder.Upgrade.Publish();
        holder.Control?.Publish();
        if (before.Inheritance.Left > 0)
            node.State.Log.Warning($"upgrade: {before.Inheritance.Left} socket(s) of the process before are in no listener here and are closed");
        before.Dispose();
        node.State.Log.Info("upgrade: taken over");
    }
}
