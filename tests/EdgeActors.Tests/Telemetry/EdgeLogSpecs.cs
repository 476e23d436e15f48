using System.Text;
using Akka.Actor;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Telemetry;

public sealed class EdgeLogSpecs
{
    private static EdgeLog NewLog(Stream output, int queue = 100, bool connections = true, LogThreshold level = LogThreshold.Info) =>
        new(new LogSettings(connections, queue, level), output, TimeProvider.System);

    private static string[] Lines(MemoryStream output) =>
        Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static ConnectionRecord Closed()
    {
        var link = new FakeLink { EndedBy = CloseReason.ServerReset };
        var record = new ConnectionRecord(link, "https", ActorRefs.Nobody)
        {
            ServerName = "demo.fiscalismia.com",
            Backend = "web",
            Server = "s0",
            Retries = 1,
            DialledAt = TimeProvider.System.GetTimestamp(),
        };
        link.Counters.Join(TimeProvider.System.GetTimestamp(), 517);
        link.Counters.Add(up: false, 1000, TimeProvider.System.GetTimestamp());
        link.Counters.End(TimeProvider.System.GetTimestamp());
        return record;
    }

    [Fact]
    public async Task A_close_line_says_who_where_how_much_and_why()
    {
        var output = new MemoryStream();
        var record = Closed();
        await using (var log = NewLog(output))
            log.Closed(record, new ConnectionCounts(4, 3, 2, 1, 7), passed: true);
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z CLOSE   id=\d+ listener=https client=192\.0\.2\.1:40000 sni=demo\.fiscalismia\.com server=web/s0 " +
            @"peek_ms=-1 wait_ms=\d+ connect_ms=\d+ joined_ms=\d+ retries=1 total_ms=\d+ up=517 down=1000 ts=SD reason=SERVER_RESET ac=4 fc=3 bc=2 sc=1 bq=7$",
            Assert.Single(Lines(output)));
    }

    [Fact]
    public async Task A_hello_with_ech_is_marked_beside_its_name()
    {
        var output = new MemoryStream();
        var record = Closed();
        record.HasEch = true;
        await using (var log = NewLog(output))
        {
            log.Connection(LogKind.Connect, record);
            log.Connection(LogKind.Close, record);
        }
        Assert.All(
            Lines(output), line => Assert.Contains(" sni=demo.fiscalismia.com ech=1 server=web/s0 ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_never_had_a_server_says_so()
    {
        var output = new MemoryStream();
        await using (var log = NewLog(output))
            log.Connection(LogKind.Close, new ConnectionRecord(new FakeLink { EndedBy = CloseReason.NoSni }, "https", ActorRefs.Nobody));
        Assert.Contains(" sni=- server=-/<NOSRV> ", Assert.Single(Lines(output)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_keep_their_order_beyond_one_flush()
    {
        var output = new MemoryStream();
        await using (var log = NewLog(output, queue: 10_000))
        {
            for (var i = 0; i < 5000; i++)
                log.Info($"line {i}");
        }
        Assert.Equal(
            Enumerable.Range(0, 5000).Select(i => $"line {i}"),
            Lines(output).Select(line => line[(line.IndexOf("line", StringComparison.Ordinal))..]));
    }

    [Fact]
    public async Task What_is_below_the_level_is_not_written()
    {
        var output = new MemoryStream();
        await using (var log = NewLog(output, connections: false, level: LogThreshold.Warning))
        {
            log.Info("quiet");
            log.Connection(LogKind.Close, Closed());
            log.Warning("loud");
        }
        Assert.EndsWith("WARNING loud", Assert.Single(Lines(output)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_output_drops_and_counts_and_holds_up_nobody()
    {
        var output = new BlockedStream();
        var log = NewLog(output, queue: 10);
        log.Info("first");
        Assert.True(output.Entered.Wait(TimeSpan.FromSeconds(10)));
        for (var i = 0; i < 25; i++)
            log.Info("more");
        Assert.Equal(15, log.Dropped);
        output.Go.Set();
        await log.DisposeAsync();
        var lines = Lines(output);
        Assert.Equal(12, lines.Length);
        Assert.EndsWith("log queue full, 15 lines dropped", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_blocked_and_is_not_let_go_keeps_no_one_from_ending()
    {
        using var output = new BlockedStream();
        var log = NewLog(output, queue: 10);
        log.Info("first");
        Assert.True(output.Entered.Wait(TimeSpan.FromSeconds(10)));
        await Eventually.Within(log.DisposeAsync().AsTask());
        output.Go.Set();
    }

    /// <summary>A reader that has gone.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("Broken pipe"));
    }

    [Fact]
    public async Task Lines_that_an_output_does_not_take_are_counted()
    {
        await using var output = new BrokenStream();
        await using var log = NewLog(output);
        for (var i = 0; i < 5; i++)
            log.Info("into nowhere");
        await Eventually.True(() => log.Dropped >= 5, "five lines");
    }

    [Fact]
    public async Task One_message_is_one_line()
    {
        var output = new MemoryStream();
        await using (var log = NewLog(output))
            log.Say(LogThreshold.Error, "one\r\ntwo\nthree", "akka://edge/user");
        Assert.EndsWith("Z ERROR   [akka://edge/user] one\\ntwo\\nthree", Assert.Single(Lines(output)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_level_may_change_meanwhile()
    {
        var output = new MemoryStream();
        await using (var log = NewLog(output))
        {
            log.Say(LogThreshold.Debug, "unseen");
            log.Level = LogThreshold.Debug;
            log.Say(LogThreshold.Debug, "seen");
            log.Level = LogThreshold.Error;
            log.Warning("unseen");
            Assert.Equal(LogThreshold.Error, log.Level);
        }
        Assert.EndsWith("DEBUG   seen", Assert.Single(Lines(output)), StringComparison.Ordinal);
    }

    [Theory]
    // EBADF and EPIPE, as .NET reports them.
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ObjectDisposedException))]
    public async Task A_write_that_fails_is_counted_and_the_next_lines_are_tried_again(Type failure)
    {
        var output = new FailingOnce((Exception)Activator.CreateInstance(failure, "closed")!);
        await using var log = NewLog(output);
        log.Info("lost");
        await Eventually.True(() => log.Dropped == 1, "the line is counted");
        log.Info("written");
        await Eventually.True(() => output.Text.Contains("written", StringComparison.Ordinal), "the next line is written");
        Assert.DoesNotContain("lost", output.Text, StringComparison.Ordinal);
    }

    private sealed class FailingOnce(Exception failure) : MemoryStream
    {
        private readonly StringBuilder _text = new();
        private bool _failed;

        public string Text
        {
            get
            {
                lock (_text)
                    return _text.ToString();
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_text)
            {
                if (_failed)
                    _text.Append(Encoding.UTF8.GetString(buffer.Span));
                else
                    _failed = true;
                return _text.Length > 0 ? ValueTask.CompletedTask : ValueTask.FromException(failure);
            }
        }
    }
}
