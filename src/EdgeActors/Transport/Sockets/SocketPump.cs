using System.Buffers;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Sockets;

/// <summary>One direction of a joined link: relays bytes, then the FIN. There is no queue: a slow reader blocks the send, and TCP flow
/// control stops the other side.</summary>
internal static class SocketPump
{
    /// <param name="held">Bytes received before a <see cref="Link.Freeze"/>, to be sent first.</param>
    /// <param name="hasFin">The FIN was received behind them.</param>
    public static async Task Run(SocketLink link, Socket from, Socket to, bool up, byte[]? held = null, bool hasFin = false)
    {
        var (sending, isFull) = (false, false);
        byte[]? buffer = null;
        int sent = 0, got = 0;
        var bounds = default(BufferBounds);
        BlockedSend? blocked = null;
        try
        {
            if (held is { Length: > 0 })
            {
                buffer = ArrayPool<byte>.Shared.Rent(held.Length);
                held.CopyTo(buffer, 0);
                got = held.Length;
            }
            while (true)
            {
                if (got > 0)
                {
                    sending = true;
                    link.SetSending(up, on: true);
                    sent = to.Send(buffer.AsSpan(0, got), SocketFlags.None, out var error);
                    if (sent < got)
                    {
                        if (error is not (SocketError.Success or SocketError.WouldBlock))
                            throw new SocketException((int)error);
                        blocked ??= new BlockedSend();
                        try
                        {
                            await blocked.Send(to, buffer.AsMemory(sent, got - sent));
                        }
                        finally
                        {
                            sent += blocked.BytesTransferred;
                        }
                    }
                    link.SetSending(up, on: false);
                    sending = false;
                    link.Counters.Add(up, got, link.Time.GetTimestamp());
                    sent = got = 0;
                }
                if (hasFin)
                    break;
                if (!isFull)
                {
                    if (buffer is not null)
                        ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
                    // Waits with a zero-byte receive, so that an idle connection holds no buffer.
                    await from.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                    buffer = ArrayPool<byte>.Shared.Rent(link.BufferSize);
                }
                got = await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None);
                hasFin = got == 0;
                isFull = got == buffer!.Length;
                if (isFull)
                    link.OnBulkRead(up, ref bounds, from, to, got);
            }
            sending = true;
            PassFin(to);
            link.FinishedOneWay(up);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            if (sent > 0)
                link.Counters.Add(up, sent, link.Time.GetTimestamp());
            // A reset is relayed as a reset, since truncated data must not look complete.
            if (!link.Rests(up, buffer.AsSpan(sent, got - sent), hasFin, e))
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
            blocked?.Dispose();
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

/// <summary>A send to a reader that is slower than the sender. Unlike a send by <see cref="Memory{T}"/>, it reports how much was sent before
/// it was aborted.</summary>
internal sealed class BlockedSend() : SocketAsyncEventArgs(true), IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _done = new() { RunContinuationsAsynchronously = true };

    public ValueTask Send(Socket to, Memory<byte> bytes)
    {
        _done.Reset();
        SetBuffer(bytes);
        if (!to.SendAsync(this))
            OnCompleted(this);
        return new ValueTask(this, _done.Version);
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (e.SocketError == SocketError.Success)
            _done.SetResult(true);
        else
            _done.SetException(new SocketException((int)e.SocketError));
    }

    void IValueTaskSource.GetResult(short token) => _done.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _done.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _done.OnCompleted(continuation, state, token, flags);
}
