using System.Net.Sockets;
using System.Threading.Channels;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;

namespace EdgeHost.Control;

/// <summary>
/// One client of the control socket: requests, a line each, are answered one after the other. A reader of its own sees the client go while an
/// answer goes on, which then ends.
/// </summary>
/// <param name="client">Disposed of with the session.</param>
/// <param name="op">Takes the orders.</param>
/// <param name="limits">What it may take.</param>
/// <param name="ending">No further requests: the answer that is being given is the last one.</param>
/// <param name="stopping">Not even that.</param>
internal sealed class ControlSession(Socket client, IOperator op, ControlLimits limits, CancellationToken ending, CancellationToken stopping) : IDisposable
{
    /// <summary>Requests that are read ahead.</summary>
    private const int Ahead = 4;

    /// <summary>Bytes that go in one send, each within the time for it.</summary>
    private const int Piece = 64 * 1024;

    private readonly Channel<ReadOnlyMemory<byte>> _lines = Channel.CreateBounded<ReadOnlyMemory<byte>>(Ahead);
    private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    private readonly CancellationTokenSource _idle = CancellationTokenSource.CreateLinkedTokenSource(ending, stopping);

    public async Task Run()
    {
        _idle.CancelAfter(limits.Idle);
        var reading = Read();
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(stopping))
            {
                _idle.CancelAfter(Timeout.InfiniteTimeSpan);
                await Answer(line);
                _idle.CancelAfter(limits.Idle);
            }
        }
        finally
        {
            Abort();
            // The reader may wait for room that nobody is going to make.
            _lines.Writer.TryComplete();
            await reading;
        }
    }

    /// <summary>Says why not, and that is all.</summary>
    public async Task Refuse(ErrorAnswer why)
    {
        await Send(ControlReply.Answer(why, ControlFormat.Json));
        await Send(ControlReply.End);
    }

    /// <summary>Ends it from outside, at once.</summary>
    public void Abort() => client.Dispose();

    public void Dispose()
    {
        client.Dispose();
        _gone.Dispose();
        _idle.Dispose();
    }

    private async Task Answer(ReadOnlyMemory<byte> line)
    {
        if (line.Length > ControlRequest.MaxLine)
        {
            await Refuse(new ErrorAnswer(ErrorKind.Usage, $"a line of more than {ControlRequest.MaxLine} bytes"));
            throw new IOException("Behind it, nobody knows where the next one begins.");
        }
        if (!ControlRequest.TryRead(line, out var request, out var mistake))
        {
            await Refuse(new ErrorAnswer(ErrorKind.Usage, mistake));
            return;
        }
        await foreach (var answer in op.Run(request.Words, Access.Full, _gone.Token))
            await Send(ControlReply.Answer(answer, request.Format));
        await Send(ControlReply.End);
    }

    private async Task Send(ReadOnlyMemory<byte> bytes)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        while (!bytes.IsEmpty)
        {
            late.CancelAfter(limits.Write);
            bytes = bytes[await client.SendAsync(bytes[..Math.Min(Piece, bytes.Length)], late.Token)..];
        }
    }

    /// <summary>Until the client ends its side, idles, or says something too long. What it has asked for by then is still answered.</summary>
    private async Task Read()
    {
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
                var got = await client.ReceiveAsync(buffer.AsMemory(length), _idle.Token);
                if (got == 0)
                    break;
                length = await Cut(buffer, length + got, length);
                if (length <= ControlRequest.MaxLine)
                    continue;
                await _lines.Writer.WriteAsync(buffer.AsMemory(0, length), stopping);
                break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or ChannelClosedException)
        {
            // Broken, closed from this side, or idle for too long.
        }
        _lines.Writer.TryComplete();
        // Whatever goes on has nobody to go on for, unless it is this side that ends.
        if (!ending.IsCancellationRequested)
            await _gone.CancelAsync();
    }

    /// <summary>Hands whole lines on, a copy each, and moves the rest to the front.</summary>
    /// <returns>Bytes of the rest.</returns>
    private async Task<int> Cut(byte[] buffer, int length, int searched)
    {
        var start = 0;
        while (Array.IndexOf(buffer, (byte)'\n', searched, length - searched) is var end and >= 0)
        {
            if (end > start)
                await _lines.Writer.WriteAsync(buffer.AsSpan(start, end - start).ToArray(), stopping);
            start = searched = end + 1;
        }
        buffer.AsSpan(start, length - start).CopyTo(buffer);
        return length - start;
    }
}
