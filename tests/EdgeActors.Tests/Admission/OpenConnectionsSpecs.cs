using EdgeActors.Admission;
using EdgeActors.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeActors.Tests.Admission;

public class OpenConnectionsSpecs
{
    private static AddressKey Key(int n) => new(0, 0xffff_0a00_0000UL | (uint)n);

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void So_many_at_once_and_no_more(int max)
    {
        var open = new OpenConnections(max);
        for (var i = 0; i < max; i++)
            Assert.True(open.TryOpen(Key(1)));
        Assert.False(open.TryOpen(Key(1)));
        Assert.True(open.TryOpen(Key(2)));
        Assert.Equal((max, 1), (open.Of(Key(1)), open.Of(Key(2))));
    }

    [Fact]
    public void One_that_closes_makes_room_for_one()
    {
        var open = new OpenConnections(2);
        open.TryOpen(Key(1));
        open.TryOpen(Key(1));
        open.Close(Key(1));
        Assert.True(open.TryOpen(Key(1)));
        Assert.False(open.TryOpen(Key(1)));
    }

    [Fact]
    public void An_address_without_a_connection_is_forgotten()
    {
        var open = new OpenConnections(2);
        for (var i = 0; i < 1000; i++)
            open.TryOpen(Key(i));
        Assert.Equal(1000, open.Addresses);
        for (var i = 0; i < 1000; i++)
            open.Close(Key(i));
        Assert.Equal(0, open.Addresses);
        Assert.True(open.TryOpen(Key(5)));
        Assert.Equal(1, open.Addresses);
    }

    [Fact]
    public void Closing_what_is_not_open_changes_nothing()
    {
        var open = new OpenConnections(1);
        open.Close(Key(1));
        Assert.True(open.TryOpen(Key(1)));
        Assert.False(open.TryOpen(Key(1)));
    }

    [Fact]
    public void A_limit_of_none_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(static () => new OpenConnections(0));

    [Fact]
    public void Any_sequence_gives_what_a_dictionary_gives()
    {
        // More addresses than buckets and chunks begin with.
        var step = Gen.Choose(0, 399).SelectMany(_ => Gen.Elements(true, true, false), static (key, opens) => (Key: key, Opens: opens));
        Prop.ForAll(Gen.ArrayOf(step, 2000).ToArbitrary(), static steps =>
        {
            var open = new OpenConnections(3);
            var model = new Dictionary<int, int>();
            foreach (var (key, opens) in steps)
            {
                var count = model.GetValueOrDefault(key);
                if (opens)
                    Assert.Equal(count < 3, open.TryOpen(Key(key)));
                else if (count > 0)
                    open.Close(Key(key));
                model[key] = opens ? Math.Min(3, count + 1) : Math.Max(0, count - 1);
                Assert.Equal(model[key], open.Of(Key(key)));
            }
            Assert.Equal(model.Values.Count(static count => count > 0), open.Addresses);
            foreach (var (key, count) in model)
            {
                for (var i = 0; i < count; i++)
                    open.Close(Key(key));
            }
            Assert.Equal(0, open.Addresses);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(50));
    }

    [Fact]
    public void Threads_that_open_and_close_at_once_leave_nothing_and_never_exceed_the_limit()
    {
        var open = new OpenConnections(3);
        var now = 0;
        Parallel.For(0, 100_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            if (!open.TryOpen(Key(1)))
                return;
            Assert.InRange(Interlocked.Increment(ref now), 1, 3);
            Interlocked.Decrement(ref now);
            open.Close(Key(1));
        });
        Assert.Equal((0, 0), (open.Of(Key(1)), open.Addresses));
    }

    [Fact]
    public void An_address_takes_less_than_64_bytes()
    {
        const int addresses = 100_000;
        var open = new OpenConnections(1);
        open.TryOpen(Key(0));

        // All that was allocated, outgrown hash tables included, so an upper bound of what is held.
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < addresses; i++)
            open.TryOpen(Key(i));
        var perAddress = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)addresses;

        Assert.Equal(addresses, open.Addresses);
        Assert.InRange(perAddress, 1, 64);
    }

    /// <summary>At the default bounds: 500,000 addresses remembered, each of 4096 connections from another one.</summary>
    [Fact]
    public void Rate_and_open_connections_together_take_less_than_64_bytes_an_address()
    {
        const int addresses = 500_000;
        const int connections = 4096;
        var (rates, open) = (new AddressTable(addresses, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)), new OpenConnections(20));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < addresses; i++)
            rates.Track(Key(i), 0);
        for (var i = 0; i < connections; i++)
            open.TryOpen(Key(i));
        var perAddress = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)addresses;
        Assert.Equal((addresses, connections), (rates.Count, open.Addresses));
        Assert.InRange(perAddress, 1, 64);
    }

    [Fact]
    public void A_lone_client_that_comes_and_goes_allocates_nothing()
    {
        var open = new OpenConnections(2);
        open.TryOpen(Key(1));
        open.Close(Key(1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            open.TryOpen(Key(i));
            open.Close(Key(i));
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
