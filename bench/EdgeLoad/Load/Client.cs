using System.Diagnostics;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>One client connection: sends its first flight as soon as it is connected, then goes on as its kind does.</summary>
internal abstract class Client(LoadRun run) : Watched
{
    private int _sent;

    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    public sealed override void Ready()
    {
        var flight = run.FirstFlight;
        while (_sent < flight.Length)
        {
            // A socket that is not connected yet would block.
            var sent = Tcp.Send(Fd, flight.AsSpan(_sent));
            if (sent == Tcp.WouldBlock)
                return;
            if (sent < 0)
            {
                End(good: false);
                return;
            }
            _sent += sent;
            if (_sent == flight.Length)
                FlightSent();
        }
        GoOn();
    }

    protected virtual void FlightSent()
    {
    }

    /// <summary>Until the socket would block.</summary>
    protected abstract void GoOn();

    protected void End(bool good) => run.Ended(this, good);
}
