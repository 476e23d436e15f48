using System.Text;
using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Telemetry;

public sealed class DropLogSpecs
{
    private readonly ManualTime _time = new();
    private readonly MemoryStream _output = new();

    private EdgeLog NewLog(int sample, int? rate) => new(
        new LogSettings(true, 100_000, LogThreshold.Info) { Drops = new DropLogSettings(sample, rate) }, _output, _time);

    private static ConnectionRecord Record(CloseReason reason) => new(new FakeLink { EndedBy = reason }, "https", ActorRefs.Nobody);

    private string[] Lines(string step) =>
        [.. Encoding.UTF8.GetString(_output.ToArray()).Split('\n').Where(line => line.Contains($"Z {step} ", StringComparison.Ordinal))];

    private static int Taken(DropLog drops, int of) => Enumerable.Range(0, of).Count(_ => drops.Takes(CloseReason.RateLimited));

    [Theory]
    [InlineData(1, 100)]
    [InlineData(3, 34)]
    [InlineData(100, 1)]
    public void One_of_each_sample_is_taken_the_first_one_first(int sample, int expected)
    {
        var drops = new DropLog(new DropLogSettings(sample, null), _time);
        Assert.True(drops.Takes(CloseReason.NoSni));
        Assert.Equal(expected - 1, Taken(drops, 99));
        Assert.Equal(100 - expected, drops.LeftOut);
    }

    [Fact]
    public void A_rate_is_that_of_each_second()
    {
        var drops = new DropLog(new DropLogSettings(1, 5), _time);
        Assert.Equal(5, Taken(drops, 5));
        Assert.Equal(0, Taken(drops, 100));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(5, Taken(drops, 6));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(4, Taken(drops, 4));
        Assert.Equal(101, drops.LeftOut);
    }

    [Fact]
    public void Of_the_samples_a_rate_takes_some()
    {
        var drops = new DropLog(new DropLogSettings(10, 3), _time);
        Assert.Equal(3, Taken(drops, 1000));
    }

    [Fact]
    public void From_many_threads_no_more_are_taken_and_none_is_uncounted()
    {
        var drops = new DropLog(new DropLogSettings(1, 1000), _time);
        var taken = 0;
        Parallel.For(0, 8, _ => Interlocked.Add(ref taken, Taken(drops, 1000)));
        Assert.Equal(1000, taken);
        Assert.Equal(7000, drops.LeftOut);
    }

    [Fact]
    public void What_is_told_is_told_once()
    {
        var drops = new DropLog(new DropLogSettings(100, null), _time);
        var told = new long[CloseReasons.Count];
        Assert.False(drops.TryTell(told));
        drops.Takes(CloseReason.NoSni);
        Taken(drops, 7);
        drops.Takes(CloseReason.NoSni);
        Assert.True(drops.TryTell(told));
        Assert.Equal((7, 1, 8), (told[(int)CloseReason.RateLimited], told[(int)CloseReason.NoSni], told.Sum()));
        Assert.False(drops.TryTell(told));
        Assert.Equal(0, told.Sum());
    }

    [Fact]
    public async Task A_drop_that_is_left_out_writes_neither_of_its_lines_and_is_summed_up()
    {
        await using (var log = NewLog(sample: 4, rate: null))
        {
            foreach (var reason in (CloseReason[])[CloseReason.RateLimited, CloseReason.RateLimited, CloseReason.NoSni, CloseReason.RateLimited, CloseReason.NoSni])
            {
                var record = Record(reason);
                log.Accepted(record);
                log.Closed(record, default, passed: false);
            }
            Assert.Equal(3, log.LeftOut);
        }
        Assert.Equal(2, Lines("ACCEPT ").Length);
        Assert.Equal(2, Lines("CLOSE  ").Length);
        Assert.EndsWith("Z DROPS   left out 3: NO_SNI 1, RATE_LIMITED 2", Assert.Single(Lines("DROPS  ")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_summed_up_each_second_while_there_is_something_to_sum_up()
    {
        await using var log = NewLog(sample: 1000, rate: null);
        void Drop() => log.Closed(Record(CloseReason.Denied), default, passed: false);
        Drop();
        for (var second = 1; second <= 2; second++)
        {
            Drop();
            Drop();
            await Eventually.True(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return Lines("DROPS  ").Length == second;
                },
                "a summary");
        }
        Assert.All(Lines("DROPS  "), line => Assert.EndsWith("left out 2: DENIED 2", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Any_other_connection_writes_all_its_lines_and_its_accept_with_the_time_at_which_it_came()
    {
        await using (var log = NewLog(sample: 1000, rate: 1))
        {
            for (var i = 0; i < 20; i++)
            {
                // One that is served, and one that is cut while its hello is awaited.
                var served = Record(CloseReason.Finished);
                log.Accepted(served);
                log.Passed(served);
                log.Closed(served, default, passed: true);
                var cut = Record(CloseReason.Drained);
                log.Accepted(cut);
                log.Closed(cut, default, passed: false);
            }
        }
        Assert.Equal(
            (40, 20, 40, 0), (Lines("ACCEPT ").Length, Lines("TCP-REQ-CONT").Length, Lines("CLOSE  ").Length, Lines("DROPS  ").Length));
    }
}
