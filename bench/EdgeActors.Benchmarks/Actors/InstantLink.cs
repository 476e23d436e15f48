using System.Net;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Benchmarks.Actors;

/// <summary>
/// A connection for which everything has happened already: the hello is there when asked for, the server accepts when dialled, and both
/// sides are done at once. What is left is the work of the actors.
/// </summary>
internal sealed class InstantLink(IPEndPoint client, IPEndPoint local, long acceptedAt, byte[] hello, Action stopped)
    : Link(client, local, acceptedAt)
{
    private bool _received;
    private int _reason;

    public override ReadOnlySpan<byte> Received => _received ? hello : default;

    public override CloseReason Reason => (CloseReason)Volatile.Read(ref _reason);

    public override void Receive(int maxTotal, IReceiveHandler handler)
    {
        _received = true;
        handler.Received(this, ReceiveStatus.Data);
    }

    public override void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface)
    {
        Handler!.Joined(this);
        Close(CloseReason.Finished, CloseMode.Close);
    }

    protected override void Skip(int count) => throw new NotSupportedException("no header comes ahead of this hello");

    /// <summary>The second time it is the actor that has stopped: it closes its link once more when it does.</summary>
    public override void Close(CloseReason reason, CloseMode mode)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)CloseReason.None) == (int)CloseReason.None)
            Handler!.Ended(this);
        else
            stopped();
    }
}
