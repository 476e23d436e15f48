using System.Net;

namespace EdgeActors.Cluster.Remoting;

/// <summary>
/// Connections that this node is opening. One is given up when the same machine has opened one to here meanwhile: that one carries both ways. Two at
/// once, as there are when a cable is plugged in again behind which both have been dialling, can leave Akka.Remote with a side that reads the one
/// and a side that writes the other, and nothing gets through from then on.
/// </summary>
internal sealed class PendingDials
{
    private readonly Lock _lock = new();
    private readonly List<Dial> _dials = [];

    /// <param name="peer">Null: not known, and never given up.</param>
    /// <param name="ending">Gives up whatever is under way.</param>
    public Dial Begin(IPAddress? peer, TimeSpan timeout, CancellationToken ending)
    {
        var dial = new Dial(this, peer, timeout, ending);
        lock (_lock)
            _dials.Add(dial);
        return dial;
    }

    public void HasCalled(IPAddress peer)
    {
        lock (_lock)
        {
            foreach (var dial in _dials)
            {
                if (peer.Equals(dial.Peer))
                    dial.GiveUp();
            }
        }
    }

    internal sealed class Dial : IDisposable
    {
        private readonly PendingDials _all;
        private readonly CancellationTokenSource _cancel;

        public Dial(PendingDials all, IPAddress? peer, TimeSpan timeout, CancellationToken ending)
        {
            (_all, Peer) = (all, peer);
            _cancel = CancellationTokenSource.CreateLinkedTokenSource(ending);
            _cancel.CancelAfter(timeout);
        }

        public IPAddress? Peer { get; }

        public CancellationToken Cancelled => _cancel.Token;

        /// <summary>Whether the peer has opened a connection itself.</summary>
        public bool IsInVain { get; private set; }

        /// <summary>Under the lock, as it is not to be gone at this moment.</summary>
        public void GiveUp()
        {
            IsInVain = true;
            _cancel.Cancel();
        }

        public void Dispose()
        {
            lock (_all._lock)
            {
                _all._dials.Remove(this);
                _cancel.Dispose();
            }
        }
    }
}
