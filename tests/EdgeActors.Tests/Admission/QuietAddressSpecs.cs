using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

/// <summary>An entity forgets by itself what nobody asks about any more. Its clock and its timer stand still unless moved.</summary>
public sealed class QuietAddressSpecs : EdgeTestKit
{
    private const int ExpireSeconds = 4, Shard = 7;

    /// <summary>Of the entity's timer.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(ExpireSeconds / 4);

    private readonly ReadCountingTime _time = new();
    private readonly ShardTables _shards;
    private readonly RateTables _tables;

    public QuietAddressSpecs()
        : base(VirtualTimers) => (_shards, _tables) = NewTables(ExpireSeconds);

    private (ShardTables, RateTables) NewTables(int expireSeconds, TimeProvider? time = null)
    {
        var shards = new ShardTables(
            new RateLimits(
                [TestSettings.RateLimit() with { Per = TimeSpan.FromSeconds(1), Expire = TimeSpan.FromSeconds(expireSeconds) }, null]),
            time ?? _time);
        return (shards, shards.Of(Shard).Tables);
    }

    private IActorRef Entity(ShardTables tables) =>
        Supervised.ActorOf(Sys, LocalShardsActor.Props(new RateLimitExtractor(), _ => RateLimitActor.Props(Shard, tables)));

    /// <summary>All of one shard, or these would be several entities over one set of tables.</summary>
    private static IEnumerable<AddressKey> Addresses(int count) => Enumerable.Range(0, int.MaxValue)
        .Select(static n => new AddressKey(0, 0xffff_0a00_0000UL | (uint)n))
        .Where(static key => key.ShardOf(RateLimitExtractor.Shards) == Shard)
        .Take(count);

    private void Ask(IActorRef limiter, int addresses, int listener = 0)
    {
        foreach (var address in Addresses(addresses))
            limiter.Tell(new RateQuery(listener, address), TestActor);
        for (var i = 0; i < addresses; i++)
            ExpectMsg<RateAnswer>(Eventually.Deadline);
    }

    private async Task ExpireTables()
    {
        _time.Advance(TimeSpan.FromSeconds(ExpireSeconds));
        await AfterTicks(() => _tables.Count == 0, "forgotten");
    }

    [Fact]
    public async Task They_are_forgotten_without_another_query()
    {
        Ask(Entity(_shards), addresses: 3);
        Assert.Equal(3, _tables.Count);
        await ExpireTables();
    }

    [Fact]
    public async Task They_are_forgotten_each_time_anew()
    {
        var limiter = Entity(_shards);
        for (var i = 0; i < 3; i++)
        {
            Ask(limiter, addresses: 2);
            await ExpireTables();
        }
    }

    [Fact]
    public async Task They_are_kept_while_their_time_is_not_over()
    {
        Ask(Entity(_shards), addresses: 3);
        _time.Advance(TimeSpan.FromSeconds(ExpireSeconds) - TimeSpan.FromMilliseconds(1));
        await Ticks(_time, 2);
        Assert.Equal(3, _tables.Count);
    }

    [Fact]
    public async Task They_are_forgotten_after_a_restart_too()
    {
        var limiter = Entity(_shards);
        Ask(limiter, addresses: 3);
        new ActorSelection(limiter, "7").Tell(Kill.Instance);
        await ExpireTables();
    }

    [Fact]
    public async Task Very_many_are_forgotten_in_portions_within_one_turn_of_the_timer()
    {
        var (shards, tables) = NewTables(expireSeconds: 3600);
        var limiter = Entity(shards);
        Ask(limiter, addresses: 3000);
        _time.Advance(TimeSpan.FromHours(1));
        new ActorSelection(limiter, "7").Tell(new RateLimitActor.Expire());
        await Eventually.True(() => tables.Count == 0, "forgotten");
    }

    [Fact]
    public async Task An_entity_that_knows_nobody_has_no_timer()
    {
        var awake = new ReadCountingTime();
        Ask(Entity(NewTables(ExpireSeconds, awake).Item1), addresses: 1);

        var limiter = Entity(_shards);
        Ask(limiter, addresses: 1);
        await ExpireTables();
        Ask(limiter, addresses: 1, listener: 1); // which has no limit, so nothing to remember
        var reads = _time.Reads;
        await Ticks(awake, 3);
        new ActorSelection(limiter, "7").Tell(new Identify(null), TestActor);
        ExpectMsg<ActorIdentity>(Eventually.Deadline);
        Assert.Equal(reads, _time.Reads);
    }

    /// <summary>Waits for the timer of the entity that alone reads this clock.</summary>
    private Task Ticks(ReadCountingTime time, int count)
    {
        var before = time.Reads;
        return AfterTicks(() => time.Reads >= before + count, $"{count} ticks");
    }

    private Task AfterTicks(Func<bool> condition, string what) => Eventually.True(
        () =>
        {
            Scheduler.Advance(Interval);
            return condition();
        },
        what);

    private sealed class ReadCountingTime : TimeProvider
    {
        private readonly ManualTime _time = new();
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void Advance(TimeSpan by) => _time.Advance(by);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _reads);
            return _time.GetTimestamp();
        }
    }
}
