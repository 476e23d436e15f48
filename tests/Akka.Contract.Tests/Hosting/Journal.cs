using System.Threading.Channels;

namespace Akka.Contract.Tests.Hosting;

/// <summary>What actors and start-up steps report to a test, in order. Reading waits for the next entry, up to a deadline.</summary>
internal sealed class Journal
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Channel<object> _entries = Channel.CreateUnbounded<object>();

    public void Add(object entry) => Assert.True(_entries.Writer.TryWrite(entry));

    public async Task<object> Next()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        return await _entries.Reader.ReadAsync(deadline.Token);
    }

    public async Task<T> Next<T>() => Assert.IsType<T>(await Next(), exactMatch: false);

    /// <summary>Leaves out what comes before the first entry of the type.</summary>
    public async Task<T> Await<T>()
    {
        while (true)
        {
            if (await Next() is T entry)
                return entry;
        }
    }

    /// <summary>Everything that has been reported and not read.</summary>
    public IReadOnlyList<object> Rest()
    {
        var rest = new List<object>();
        while (_entries.Reader.TryRead(out var entry))
            rest.Add(entry);
        return rest;
    }
}
