using System.Net.Sockets;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>Takes over the connections of the previous process. See <see cref="ConnectionSender"/>.</summary>
internal sealed class ConnectionReceiver(Socket from, NodeState node)
{
    private readonly ConnectionAdoption _adoption = new(node);
    private readonly List<TimeSpan> _rests = [];

    /// <summary>"N connection(s) of the process before taken over", and how long they rested.</summary>
    private string Outcome
    {
        get
        {
            _rests.Sort();
            var rested = _rests.Count == 0 ? ""
                : $", each rested for {_rests[_rests.Count * 99 / 100].TotalMilliseconds:F0} ms (p99), {_rests[^1].TotalMilliseconds:F0} ms at most";
            return $"upgrade: {_rests.Count} connection(s) of the process before taken over{rested}";
        }
    }

    /// <summary>Ends when the previous process has no more. Never throws; closes the socket.</summary>
    public async Task Run()
    {
        try
        {
            while (await Next())
            {
            }
            node.Log.Info(Outcome);
        }
        catch (Exception e) when (e is SocketException or UpgradeException)
        {
            node.Log.Warning($"{Outcome}; its other connections stay there: {e.Message}");
        }
        catch (Exception e)
        {
            // A fault of this program.
            node.Log.Error($"upgrade: {e}");
        }
        finally
        {
            from.Dispose();
        }
    }

    /// <returns>False: there are no more.</returns>
    private async Task<bool> Next()
    {
        // Waits without taking the message, as .NET receives no descriptors.
        if (await from.ReceiveAsync(new byte[1], SocketFlags.Peek) == 0)
            throw new UpgradeException("it has ended the connection");
        var buffer = new byte[UpgradeMessage.MaxLength];
        var fds = new int[SharedSockets.MaxDescriptors];
        var length = SharedSockets.Receive(from, buffer, TimeSpan.Zero, fds, out var count);
        var received = fds.AsMemory(0, count);
        try
        {
            var message = UpgradeMessage.Read(buffer.AsSpan(0, length));
            if (message.Kind == UpgradeMessage.Done)
                return false;
            if (message.Kind != UpgradeMessage.Connections)
                throw new UpgradeException($"it said \"{message.Kind}\"");
            var batch = HandoverBatch.Read(message.Length, received.Span);
            var refused = batch.Connections.Where(IsRefused).Select(static one => one.Link.Id).ToHashSet();
            new UpgradeMessage(UpgradeMessage.Adopted) { Number = message.Number, NotTaken = [.. refused] }.SendTo(from);
            // From here on they are this process's: the other one reads the answer even if this process is slow.
            SharedSockets.Close(received.Span[..1]);
            received = default;
            foreach (var connection in batch.Connections)
            {
                if (refused.Contains(connection.Link.Id))
                    SharedSockets.Close([.. connection.Link.Descriptors]);
                else
                    Adopt(connection);
            }
            foreach (var drop in batch.Drops)
                node.Transport.Hold(drop);
            return true;
        }
        finally
        {
            SharedSockets.Close(received.Span);
        }
    }

    private bool IsRefused(ConnectionHandover connection) => node.Live.Find(connection.Link.Id) is not null || !connection.Link.IsValid();

    private void Adopt(ConnectionHandover connection)
    {
        try
        {
            _adoption.Adopt(connection);
            _rests.Add(node.Time.GetElapsedTime(connection.Link.FrozenAt));
        }
        catch (Exception e) when (e is ObjectDisposedException)
        {
            node.Log.Error($"upgrade: connection {connection.Link.Id} of the process before is lost: {e.Message}");
            SharedSockets.Close([.. connection.Link.Descriptors]);
        }
    }
}
