using System.Diagnostics;
using System.IO.Pipelines;
using EdgeHost.Admin.Metrics;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>What a scrape costs. What is allocated beside it would count, too.</summary>
[Collection(Heavy.Name)]
public sealed class ScrapeCostSpecs
{
    private static string Config(IEnumerable<string> backends) => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          backends { {{string.Join('\n', backends)}} }
          routes {}
        }
        """;

    [Fact]
    public async Task A_scrape_of_a_thousand_servers_is_cheap()
    {
        var backends = Enumerable.Range(0, 20).Select(static b =>
            $"b{b} {{ servers = [{string.Join(", ", Enumerable.Range(0, 50).Select(s => $"\"10.{b}.{s}.1:443\""))}], health {{ interval = 20d, timeout = 1s }} }}");
        await using var edge = await EdgeUnderTest.Start(Config(backends));
        var (bytes, took, length) = (long.MaxValue, TimeSpan.MaxValue, 0L);
        // The best of some, as the first ones are compiled on the way; and CPU time, as others use the machine, too.
        for (var began = Stopwatch.GetTimestamp(); !Cheap() && Stopwatch.GetElapsedTime(began) < Eventually.Deadline;)
        {
            var counting = new CountingStream();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var since = Environment.CpuUsage.TotalTime;
            await MetricsPage.Write(PipeWriter.Create(counting), edge.Node, openMetrics: false, "", CancellationToken.None);
            took = TimeSpan.FromTicks(Math.Min(took.Ticks, (Environment.CpuUsage.TotalTime - since).Ticks));
            bytes = Math.Min(bytes, GC.GetTotalAllocatedBytes(precise: true) - before);
            length = counting.Written;
        }
        Assert.InRange(length, 1_000_000, 20_000_000);
        Assert.True(Cheap(), $"{took.TotalMilliseconds} ms, {bytes} bytes for {length} bytes of text");

        bool Cheap() => took < TimeSpan.FromMilliseconds(50) && bytes < 1_000_000;
    }

    private sealed class CountingStream : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Written; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Written += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
