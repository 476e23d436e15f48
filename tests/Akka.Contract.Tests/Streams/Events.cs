using System.Threading.Channels;

namespace Akka.Contract.Tests.Streams;

/// <summary>What happened, in order, for a test to wait on.</summary>
public sealed class Events
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private readonly Channel<object> _events = Channel.CreateUnbounded<object>();

    public void Add(object e) => _events.Writer.TryWrite(e);

    public async Task<object> Next() => await _events.Reader.ReadAsync().AsTask().WaitAsync(Deadline);

    public async Task<T> Next<T>() => Assert.IsType<T>(await Next(), exactMatch: false);

    public async Task Expect(params object[] expected)
    {
        foreach (var e in expected)
            Assert.Equal(e, await Next());
    }

    public void Clear()
    {
        while (_events.Reader.TryRead(out _))
        {
        }
    }

    /// <summary>Only meaningful once whatever could still add one is known to be over.</summary>
    public void ExpectNone() => Assert.False(_events.Reader.TryPeek(out var e), $"unexpected {e}");
}

public sealed record Pulled;

public sealed record Cancelled(Exception Cause);

public sealed record Pushed(object? Element);

public sealed record Finished;

public sealed record Failed(Exception Cause);

public sealed record Stopped;
