using System.Net;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests;

/// <summary>A link without sockets: the test plays transport. Calls are kept in order; nothing happens by itself.</summary>
internal sealed class FakeLink(IPEndPoint? client = null, TimeProvider? time = null)
    : Link(client ?? new IPEndPoint(IPAddress.Parse("192.0.2.1"), 40000), new IPEndPoint(IPAddress.Parse("192.0.2.100"), 443),
        (time ?? TimeProvider.System).GetTimestamp())
{
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _toCome = new();
    private byte[] _received = [];
    private IReceiveHandler? _receiver;
    private bool _finished;
    private int _reason;

    public override ReadOnlySpan<byte> Received => _received;

    public override CloseReason Reason => (CloseReason)Volatile.Read(ref _reason);

    /// <summary>It has ended so, and its handler is not told.</summary>
    public CloseReason EndedBy
    {
        init => _reason = (int)value;
    }

    public CloseMode? Mode { get; private set; }

    public ConnectPlan? Plan { get; private set; }

    public int Connects { get; private set; }

    public bool Left { get; set; }

    public override bool ClientHasLeft => Left;

    public bool IsReceiving => Volatile.Read(ref _receiver) is not null;

    public override void Receive(int maxTotal, IReceiveHandler handler)
    {
        ReceiveStatus? status = null;
        lock (_lock)
        {
            if (Reason != CloseReason.None)
                status = ReceiveStatus.Closed;
            else if (_toCome.TryDequeue(out var chunk))
                status = Take(chunk, maxTotal);
            else if (_finished)
                status = ReceiveStatus.Finished;
            else
                _receiver = handler;
        }
        if (status is { } now)
            handler.Received(this, now);
    }

    /// <summary>Bytes from the client, now or when they are asked for.</summary>
    public void Send(byte[] chunk)
    {
        IReceiveHandler? receiver;
        lock (_lock)
        {
            receiver = _receiver;
            _receiver = null;
            if (receiver is null)
                _toCome.Enqueue(chunk);
            else
                Take(chunk, int.MaxValue);
        }
        receiver?.Received(this, ReceiveStatus.Data);
    }

    public void Finish(ReceiveStatus status = ReceiveStatus.Finished)
    {
        _finished = true;
        Interlocked.Exchange(ref _receiver, null)?.Received(this, status);
    }

    protected override void Skip(int count) => _received = _received[count..];

    public byte[] Preface { get; private set; } = [];

    public override void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface)
    {
        Plan = plan;
        Preface = preface.ToArray();
        Connects++;
    }

    public override void Close(CloseReason reason, CloseMode mode)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, 0) != 0)
            return;
        Mode = mode;
        Interlocked.Exchange(ref _receiver, null)?.Received(this, ReceiveStatus.Closed);
        Handler?.Ended(this);
    }

    private ReceiveStatus Take(byte[] chunk, int maxTotal)
    {
        var room = Math.Min(chunk.Length, maxTotal - _received.Length);
        _received = [.. _received, .. chunk.AsSpan(0, room)];
        return _received.Length >= maxTotal ? ReceiveStatus.Full : ReceiveStatus.Data;
    }
}
