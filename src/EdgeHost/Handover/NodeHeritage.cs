using EdgeActors;
using EdgeActors.Answers;
using EdgeActors.Listening;
using EdgeActors.Node;
using EdgeActors.Routing;
using EdgeActors.Transport;
using EdgeHost.Hosting;

namespace EdgeHost.Handover;

/// <summary>A running Edge, as the process after it is given it.</summary>
internal sealed class NodeHeritage(EdgeNode node, EdgeNodeHolder holder) : IHeritage
{
    public IReadOnlyList<ServerHandover> Servers => ServerHandover.Of(node.State.Routes.Current);

    public string? FloatingIp => EdgeActors.Node.FloatingIp.Word(node.State.FloatingIp.Current.Told);

    public async Task<IReadOnlyList<LentSocket>> Lend()
    {
        var lent = new List<LentSocket>(await node.State.Listeners.Duplicate());
        try
        {
            lent.AddRange(holder.Sockets.Lend());
            return lent;
        }
        catch
        {
            lent.ForEach(static socket => SharedSockets.Release(socket.Handle));
            throw;
        }
    }

    /// <summary>The doors of operators close first: whoever asks there is to hear of the process that serves, and never that this one drains. It is
    /// still reached by signals.</summary>
    public async Task HandOver()
    {
        if (holder.Admin is { } admin)
            await admin.DisposeAsync();
        if (holder.Redirect is { } redirect)
            await redirect.DisposeAsync();
        await node.Unbind();
    }

    public void End() => _ = Task.Run(async () =>
    {
        // Its address is the other process's from then on, and what it counts for others moves while its connections end.
        var leaving = node.Cluster?.Leave() ?? Task.CompletedTask;
        try
        {
            var timeout = node.State.Settings.Upgrade.DrainTimeout;
            node.State.Log.Info($"{node.State.Live.Count} connection(s) may go on {(timeout is { } time ? $"for {CellText.Duration(time)}" : "until they end")}");
            holder.Service?.Stopping("another process has taken over");
            var closed = await node.Drain(timeout);
            node.State.Log.Info(closed == 0 ? "drained, no connection was cut" : $"drain timeout, {closed} connection(s) were cut");
            await leaving;
        }
        catch (Exception e)
        {
            node.State.Log.Error($"upgrade: {e.Message}");
        }
        holder.StopApplication();
    });
}
