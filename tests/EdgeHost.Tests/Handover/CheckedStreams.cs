using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>Streams through Edge, each byte of which is checked at both ends. Client and server are both here.</summary>
internal sealed class CheckedStreams : IDisposable
{
    // Prime, so that the pattern does not repeat at a multiple of a buffer's size.
    private const int Header = 4, MaxChunk = 64 * 1024, Period = 8_388_593;

    // Computing each byte took CPU time from Edge: waits of 0.6 s after a kill, in place of 0.23 s.
    private static readonly byte[] Pattern = NewPattern();

    private readonly byte[] _hello = HelloBytes.ForName("a.test");
    private readonly Socket _listener;
    private readonly CancellationTokenSource _finishing = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentDictionary<int, Checked> _streams = new();
    private readonly ConcurrentDictionary<int, bool> _reset = new();
    private readonly List<Task> _running = [];
    private long _bytes;

    /// <param name="at">Bound; null: on the loopback.</param>
    public CheckedStreams(Socket? at = null)
    {
        _listener = at ?? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (at is null)
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _ = Accept();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Streams that were reset, with the bytes before it as they should be.</summary>
    public int Reset => _reset.Count;

    public bool MayBeReset { get; init; }

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The longest wait of each ping stream since the last call.</summary>
    public IReadOnlyList<TimeSpan> TakeLongestWaits() =>
        [.. _streams.Values.Where(static one => one.Kind == StreamKind.Ping).Select(static one => new TimeSpan(Interlocked.Exchange(ref one.LongestTicks, 0)))];

    public async Task Open(IPEndPoint edge, int number, StreamKind kind) => await Open(await Client.Connect(edge), number, kind);

    public async Task Open(Socket socket, int number, StreamKind kind)
    {
        var stream = new Checked(number, kind);
        _streams[number] = stream;
        await socket.SendAsync((byte[])[.. _hello, .. BitConverter.GetBytes(number)]);
        // So that it is joined.
        await stream.Joined.Task.WaitAsync(Eventually.Deadline);
        _running.Add(Task.Run(() => Guard(stream, "client", () => ClientSide(stream, socket))));
    }

    /// <summary>All sides stop sending, read the rest and compare.</summary>
    public async Task Finish()
    {
        await _finishing.CancelAsync();
        try
        {
            await Task.WhenAll([.. _running, .. _streams.Values.Select(static one => one.Server.Task)]).WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (TimeoutException)
        {
            _faults.Enqueue($"{_running.Count(static task => !task.IsCompleted)} client(s) and "
                + $"{_streams.Values.Count(static one => !one.Server.Task.IsCompleted)} server(s) do not finish");
        }
        foreach (var one in _streams.Values)
        {
            if (!_reset.ContainsKey(one.Number) && (one.SentUp != one.GotUp || one.SentDown != one.GotDown))
                _faults.Enqueue($"stream {one.Number} {one.Kind}: up {one.GotUp} of {one.SentUp}, down {one.GotDown} of {one.SentDown}");
        }
    }

    public void Dispose()
    {
        _finishing.Cancel();
        _listener.Dispose();
        _finishing.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                _ = Task.Run(() => Welcome(socket));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Welcome(Socket socket)
    {
        try
        {
            var head = new byte[_hello.Length + Header];
            for (var got = 0; got < head.Length;)
                got += await socket.ReceiveAsync(head.AsMemory(got)) is var more and > 0
                    ? more
                    : throw new SocketException((int)SocketError.Shutdown);
            var stream = _streams[BitConverter.ToInt32(head, _hello.Length)];
            stream.Joined.SetResult();
            await Guard(stream, "server", () => ServerSide(stream, socket));
            stream.Server.SetResult();
        }
        catch (SocketException)
        {
            socket.Dispose();
        }
    }

    private async Task Guard(Checked stream, string side, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (SocketException) when (MayBeReset)
        {
            _reset[stream.Number] = true;
        }
        catch (Exception e)
        {
            _faults.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} stream {stream.Number} {stream.Kind}, {side}: {e.Message}");
        }
    }

    private async Task ClientSide(Checked stream, Socket socket)
    {
        using (socket)
        {
            if (stream.Kind == StreamKind.Ping)
            {
                await Ping(stream, socket);
                return;
            }
            var sending = Send(stream, socket, up: true);
            if (stream.Kind == StreamKind.BlockedClient)
                await Finishing();
            await Receive(stream, socket, up: false);
            await sending;
        }
    }

    private async Task ServerSide(Checked stream, Socket socket)
    {
        using (socket)
        {
            if (stream.Kind == StreamKind.Ping)
            {
                await Echo(stream, socket);
                return;
            }
            var sending = Send(stream, socket, up: false);
            if (stream.Kind == StreamKind.BlockedServer)
                await Finishing();
            await Receive(stream, socket, up: true);
            await sending;
        }
    }

    private async Task Send(Checked stream, Socket socket, bool up)
    {
        var random = new Random(stream.Number * 2 + (up ? 1 : 0));
        var blocks = (stream.Kind == StreamKind.BlockedClient && !up) || (stream.Kind == StreamKind.BlockedServer && up);
        var position = 0L;
        do
        {
            var length = blocks || stream.Kind == StreamKind.Bulk ? random.Next(1, MaxChunk) : random.Next(1, 2000);
            var chunk = Expected(stream, up, position, length);
            position += length;
            if (up)
                stream.SentUp = position;
            else
                stream.SentDown = position;
            for (var sent = 0; sent < length;)
                sent += await socket.SendAsync(chunk[sent..]);
            if (stream.Kind == StreamKind.HalfClosed && up)
                break;
            if (!blocks)
                await Pause(TimeSpan.FromMilliseconds(random.Next(100, 1500)));
        }
        while (!_finishing.IsCancellationRequested);
        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task Receive(Checked stream, Socket socket, bool up)
    {
        var buffer = new byte[MaxChunk];
        for (var position = 0L; await socket.ReceiveAsync(buffer) is var got and > 0;)
        {
            var matching = Expected(stream, up, position, got).Span.CommonPrefixLength(buffer.AsSpan(0, got));
            if (matching < got)
                throw new InvalidDataException($"wrong byte at {position + matching} of {(up ? "up" : "down")}");
            position += got;
            if (up)
                stream.GotUp = position;
            else
                stream.GotDown = position;
            Interlocked.Add(ref _bytes, got);
        }
    }

    private async Task Ping(Checked stream, Socket socket)
    {
        var (word, answer) = (new byte[8], new byte[8]);
        for (var i = 0L; !_finishing.IsCancellationRequested; i++)
        {
            BitConverter.TryWriteBytes(word, ((long)stream.Number << 40) + i);
            var since = Stopwatch.GetTimestamp();
            stream.SentUp += await socket.SendAsync(word);
            for (var got = 0; got < answer.Length;)
                got += await socket.ReceiveAsync(answer.AsMemory(got)) is var more and > 0
                    ? more
                    : throw new InvalidDataException("the end too early");
            stream.GotDown += answer.Length;
            var took = Stopwatch.GetElapsedTime(since).Ticks;
            if (took > Interlocked.Read(ref stream.LongestTicks))
                Interlocked.Exchange(ref stream.LongestTicks, took);
            Assert.Equal(word, answer);
            await Pause(TimeSpan.FromMilliseconds(10));
        }
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await socket.ReceiveAsync(answer));
    }

    private static async Task Echo(Checked stream, Socket socket)
    {
        var buffer = new byte[64];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
        {
            stream.GotUp += got;
            stream.SentDown += await socket.SendAsync(buffer.AsMemory(0, got));
        }
        socket.Shutdown(SocketShutdown.Send);
    }

    private async Task Pause(TimeSpan time) =>
        await Task.Delay(time, _finishing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private Task Finishing() => Pause(Timeout.InfiniteTimeSpan);

    private static ReadOnlyMemory<byte> Expected(Checked stream, bool up, long position, int length) =>
        Pattern.AsMemory((int)((position + (stream.Number * 2 + (up ? 1 : 0)) * 4099L) % Period), length);

    private static byte[] NewPattern()
    {
        var bytes = new byte[Period + MaxChunk];
        new Random(1).NextBytes(bytes);
        bytes.AsSpan(0, MaxChunk).CopyTo(bytes.AsSpan(Period));
        return bytes;
    }

    private sealed class Checked(int number, StreamKind kind)
    {
        public long LongestTicks;

        public int Number => number;

        public StreamKind Kind => kind;

        public TaskCompletionSource Joined { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Server { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long SentUp { get; set; }

        public long GotUp { get; set; }

        public long SentDown { get; set; }

        public long GotDown { get; set; }
    }
}
