using EdgeLoad.Measure;
using EdgeLoad.Sockets;

namespace EdgeLoad.Load;

/// <summary>A number of clients, so many at once, on one thread.</summary>
internal abstract class LoadRun : IDisposable
{
    /// <summary>No client of this program waits that long for anything.</summary>
    private const int StalledMs = 10_000;

    private readonly Poller _poller = new();
    private readonly Target _target;
    private int _toStart;
    private int _running;

    protected LoadRun(Target target, Operation operation, long bytes)
    {
        _target = target;
        FirstFlight = Wire.FirstFlight(target.ServerName, operation, bytes);
    }

    public byte[] FirstFlight { get; }

    /// <summary>Clients that went the whole way.</summary>
    public int Good { get; private set; }

    /// <summary>Clients that did not, those that never got an answer included.</summary>
    public int Failed { get; private set; }

    protected Target Target => _target;

    /// <summary>A client is done, well or not. The next one takes its place.</summary>
    public void Ended(Client client, bool good)
    {
        _poller.Close(client);
        _running--;
        Count(good);
        StartNext();
    }

    public void Dispose() => _poller.Dispose();

    /// <summary>Runs all of them and measures what they cost the proxy.</summary>
    protected Cost RunAll(int count, int atOnce)
    {
        var meter = new CostMeter(_target.Processes);
        Start(count, atOnce);
        WaitUntil(() => _running == 0);
        return meter.Stop();
    }

    protected void Start(int count, int atOnce)
    {
        _toStart = count;
        for (var i = 0; i < atOnce; i++)
            StartNext();
    }

    /// <summary>Ends early when nothing happens any more; then all that is still running has failed.</summary>
    protected void WaitUntil(Func<bool> done)
    {
        while (!done())
        {
            if (_poller.Wait(StalledMs))
                continue;
            Failed += _running + _toStart;
            _running = _toStart = 0;
            return;
        }
    }

    protected abstract Client NewClient();

    private void Count(bool good)
    {
        if (good)
            Good++;
        else
            Failed++;
    }

    private void StartNext()
    {
        while (_toStart > 0)
        {
            _toStart--;
            var fd = Tcp.Connect(_target.Proxy);
            if (fd >= 0)
            {
                _running++;
                _poller.Add(fd, NewClient());
                return;
            }
            Count(good: false);
        }
    }
}
