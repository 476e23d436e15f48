using EdgeActors;
using EdgeActors.Answers;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Transport;
using EdgeHost.Hosting;

namespace EdgeHost.Handover;

/// <summary>What a running process hands over to the next one.</summary>
internal sealed class HandoverSource(EdgeNode node, EdgeNodeHolder holder)
{
    public IReadOnlyList<ServerHandover> Servers => ServerHandover.Of(node.State.Routes.Current);

    /// <summary>What the verb <c>floating-ip</c> was told last; null: nothing.</summary>
    public string? FloatingIp => EdgeActors.Node.FloatingIp.Word(node.State.FloatingIp.Current.Told);

    /// <summary>The last step of a start: the previous process stops to accept, and this one begins. Clients in between wait in the shared
    /// backlog.</summary>
    /// <exception cref="UpgradeException">The previous process goes on, so this one must not.</exception>
    public static async Task Begin(string path, EdgeNode node, EdgeNodeHolder holder)
    {
        holder.Upgrade = new UpgradeServer(path, new HandoverSource(node, holder), node.State.Log, takesOver: holder.Previous is not null);
        if (holder.Previous is not { } previous)
            return;
        node.State.FloatingIp.Tell(await previous.TakeOver());
        node.BeginToAccept();
        holder.Upgrade.Publish();
        holder.Control?.Publish();
        if (previous.Handover.Left > 0)
            node.State.Log.Warning($"upgrade: {previous.Handover.Left} socket(s) of the process before are in no listener here and are closed");
        previous.Dispose();
        node.State.Log.Info("upgrade: taken over");
    }

    /// <summary>Duplicates of all listening sockets; the caller releases them.</summary>
    public async Task<IReadOnlyList<TransferredSocket>> Duplicate()
    {
        var sockets = new List<TransferredSocket>(await node.State.Listeners.Duplicate());
        try
        {
            sockets.AddRange(holder.Sockets.Duplicate());
            return sockets;
        }
        catch
        {
            sockets.ForEach(static socket => SharedSockets.Release(socket.Handle));
            throw;
        }
    }

    /// <summary>Accepts no more; connections go on. The operator's endpoints close first: an operator is to reach the process that serves, not
    /// the one that drains. Signals still reach this one.</summary>
    public async Task HandOver()
    {
        if (holder.Admin is { } admin)
            await admin.DisposeAsync();
        if (holder.Redirect is { } redirect)
            await redirect.DisposeAsync();
        await node.Unbind();
    }

    /// <summary>Ends the process after its last connection. Does not wait for that.</summary>
    public void End() => _ = Task.Run(async () =>
    {
        var log = node.State.Log;
        // The cluster address is the other process's from then on, and the shards move while connections end.
        var leaving = node.Cluster?.Leave() ?? Task.CompletedTask;
        try
        {
            var timeout = node.State.Settings.Upgrade.DrainTimeout;
            var duration = timeout is { } time ? $"for {CellText.Duration(time)}" : "until they end";
            log.Info($"{node.State.Live.Count} connection(s) may go on {duration}");
            holder.Service?.Stopping("another process has taken over");
            EdgeHosting.LogDrained(log, await node.Drain(timeout));
            await leaving;
        }
        catch (Exception e)
        {
            log.Error($"upgrade: {e.Message}");
        }
        holder.StopApplication();
    });
}
