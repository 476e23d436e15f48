using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace EdgeActors.Cluster.Remoting;

/// <summary>
/// One association, which is one connection. Whoever writes leaves a message in a queue; one task empties it, as many messages at once as there
/// are, and never waits for more. Another one reads, from the moment on that there is somebody to read for.
/// </summary>
internal sealed class NodeAssociation : AssociationHandle
{
    /// <summary>Plain bytes of a TLS record (RFC 8446, section 5.1).</summary>
    private const int Record = 1 << 14;

    /// <summary>Bytes that are written at once.</summary>
    private const int Batch = 4 * Record;

    /// <summary>Bytes that Akka.Remote wraps a message in, on top of what it counts: a field or two of protobuf.</summary>
    private const int Envelope = 64;

    /// <summary>For what is still to be written, and for the peer to end its side.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly NodeTransportLimits _limits;
    private readonly ILoggingAdapter _log;
    private readonly Channel<ByteString> _queue = Channel.CreateUnbounded<ByteString>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private long _queued;

    public NodeAssociation(Address local, Address remote, Socket socket, Stream stream, NodeTransportLimits limits, ILoggingAdapter log)
        : base(local, remote)
    {
        _socket = socket;
        _stream = stream;
        _limits = limits;
        _log = log;
        Ended = Task.Run(Run);
    }

    /// <summary>The connection is closed; never fails.</summary>
    public Task Ended { get; }

    public override bool Write(ByteString payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        // One that is larger than the whole queue may still be the only one in it.
        var queued = Interlocked.Add(ref _queued, payload.Length);
        if ((queued <= _limits.MaxQueued || queued == payload.Length) && _queue.Writer.TryWrite(payload))
            return true;
        Interlocked.Add(ref _queued, -payload.Length);
        return false;
    }

    /// <summary>What has been written still goes out, if the peer takes it soon.</summary>
#pragma warning disable CS0672 // The method that states reasons, which is to be used instead, ends here.
    public override void Disassociate()
#pragma warning restore CS0672
    {
        _queue.Writer.TryComplete();
        _leaving.TrySetResult();
    }

    private async Task Run()
    {
        var writing = Guarded(WriteAll);
        var reading = Guarded(ReadAll);
        await Task.WhenAny(writing, reading, _leaving.Task).ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await Task.WhenAny(Task.WhenAll(writing, reading), Task.Delay(Grace)).ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        // Ends whatever the two still wait for.
        _socket.Dispose();
        await Task.WhenAll(writing, reading).ConfigureAwait(false);
        await Guarded(() => _stream.DisposeAsync().AsTask()).ConfigureAwait(false);
        _ending.Dispose();
        // By now, or once there is one.
        _ = ReadHandlerSource.Task.ContinueWith(
            static listener => listener.Result.Notify(new Disassociated(DisassociateInfo.Unknown)),
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private async Task Guarded(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (_ending.IsCancellationRequested || e is OperationCanceledException or ObjectDisposedException)
        {
            // It is over.
        }
        catch (Exception e)
        {
            _log.Info("cluster: the connection with {0} broke: {1}", RemoteAddress, (e.InnerException ?? e).Message.ReplaceLineEndings(" "));
        }
    }

    private async Task WriteAll()
    {
        var output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: Record, leaveOpen: true));
        var batch = 0L;
        while (await _queue.Reader.WaitToReadAsync(_ending.Token).ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out var payload))
            {
                Frames.Write(output, payload.Span);
                batch += payload.Length;
                if (output.UnflushedBytes >= Batch)
                    await Flush().ConfigureAwait(false);
            }
            await Flush().ConfigureAwait(false);
        }
        if (_stream is SslStream tls)
            await tls.ShutdownAsync().ConfigureAwait(false);
        _socket.Shutdown(SocketShutdown.Send);

        async ValueTask Flush()
        {
            await output.FlushAsync(_ending.Token).ConfigureAwait(false);
            Interlocked.Add(ref _queued, -batch);
            batch = 0;
        }
    }

    private async Task ReadAll()
    {
        var listener = await ReadHandlerSource.Task.WaitAsync(_ending.Token).ConfigureAwait(false);
        // Off the thread of the actor that has registered itself.
        await Task.Run(() => ReadAll(listener)).ConfigureAwait(false);
    }

    private async Task ReadAll(IHandleEventListener listener)
    {
        var input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: Record, leaveOpen: true));
        var max = _limits.MaxFrame + Envelope;
        while (true)
        {
            var read = await input.ReadAsync(_ending.Token).ConfigureAwait(false);
            var bytes = read.Buffer;
            FrameStatus status;
            while ((status = Frames.TryRead(ref bytes, max, out var payload)) == FrameStatus.Complete)
                listener.Notify(new InboundPayload(UnsafeByteOperations.UnsafeWrap(payload)));
            if (status == FrameStatus.Wrong)
                throw new InvalidDataException($"it sent a frame that is empty or longer than {max} bytes");
            input.AdvanceTo(bytes.Start, bytes.End);
            if (!read.IsCompleted)
                continue;
            await input.CompleteAsync().ConfigureAwait(false);
            return;
        }
    }
}
