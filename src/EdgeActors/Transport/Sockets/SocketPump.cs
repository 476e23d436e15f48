using System.Buffers;
using System.Net.Sockets;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Sockets;

/// <summary>One direction of a joined link: relays bytes, then the FIN. There is no queue: a slow reader blocks the send, and TCP flow
/// control stops the other side.</summary>
internal static class SocketPump
{
    public static async Task Run(SocketLink link, Socket from, Socket to, bool up)
    {
        var sending = false;
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                // Waits with a zero-byte receive, so that an idle connection holds no buffer.
                await from.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                buffer = ArrayPool<byte>.Shared.Rent(link.BufferSize);
                int got;
                do
                {
                    got = await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None);
                    if (got == 0)
                        break;
                    sending = true;
                    link.SetSending(up, on: true);
                    await to.SendAsync(buffer.AsMemory(0, got), SocketFlags.None);
                    link.SetSending(up, on: false);
                    sending = false;
                    link.Counters.Add(up, got, link.Time.GetTimestamp());
                }
                while (got == buffer.Length);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = null;
                if (got == 0)
                    break;
            }
            sending = true;
            PassFin(to);
            link.FinishedOneWay(up);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A reset is relayed as a reset, since truncated data must not look complete.
            link.Close(sending == up ? CloseReason.ServerReset : CloseReason.ClientReset, CloseMode.Reset);
        }
        catch (Exception)
        {
            link.Close(CloseReason.Internal, CloseMode.Reset);
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
            link.Leave();
        }
    }

    private static void PassFin(Socket to)
    {
        try
        {
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.NotConnected)
        {
            // ENOTCONN: that side has closed both directions; all bytes were received before.
        }
    }
}
