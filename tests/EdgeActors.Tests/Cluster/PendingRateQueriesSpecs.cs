using Akka.Actor;
using EdgeActors.Cluster;

namespace EdgeActors.Tests.Cluster;

public sealed class PendingRateQueriesSpecs
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly ManualTime _time = new();
    private readonly PendingRateQueries _table;

    public PendingRateQueriesSpecs()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _table = new PendingRateQueries(Patience, Retry, _time, capacity: 4);
    }

    private static IActorRef Asker { get; } = ActorRefs.Nobody;

    private bool Knows(uint id)
    {
        _table.Answered(id, out _, out var question);
        return question is not null;
    }

    [Fact]
    public void A_shards_questions_without_an_answer_can_be_told()
    {
        _table.Answered(_table.Add(Asker, 1, "answered"), out _, out _);
        _table.Add(Asker, 2, "of another one");
        var id = _table.Add(Asker, 1, "waiting");
        Assert.Equal([(id, (object)"waiting")], _table.Unanswered(1));
    }

    [Fact]
    public void An_answer_finds_its_question_once()
    {
        var first = _table.Add(Asker, 1, "first");
        var second = _table.Add(Asker, 1, "second");
        _table.Answered(second, out var asker, out var question);
        Assert.Equal((Asker, "second"), (asker, question));
        Assert.True(Knows(first));
        Assert.False(Knows(first));
        Assert.False(Knows(0));
        Assert.False(Knows(77));
    }

    [Fact]
    public void The_oldest_question_makes_room_and_its_answer_is_nobodys()
    {
        var ids = Enumerable.Range(0, 5).Select(i => _table.Add(Asker, 1, $"{i}")).ToArray();
        Assert.False(Knows(ids[0]));
        Assert.All(ids[1..], id => Assert.True(Knows(id)));
    }

    [Fact]
    public void A_shard_is_silent_once_a_question_has_waited_for_the_patience()
    {
        Assert.False(_table.IsSilent(1, out _));
        _table.Add(Asker, 1, "x");
        _time.Advance(Patience - Tick);
        Assert.False(_table.IsSilent(1, out _));
        _time.Advance(Tick);
        Assert.True(_table.IsSilent(1, out _));
        Assert.False(_table.IsSilent(2, out _));
    }

    [Fact]
    public void A_silent_shard_is_asked_again_after_the_retry()
    {
        _table.Add(Asker, 1, "x");
        _time.Advance(Retry - Tick);
        Assert.True(_table.IsSilent(1, out var ask));
        Assert.False(ask);
        _time.Advance(Tick);
        Assert.True(_table.IsSilent(1, out ask));
        Assert.True(ask);
        _table.Add(Asker, 1, "y");
        Assert.True(_table.IsSilent(1, out ask));
        Assert.False(ask);
    }

    [Fact]
    public void Any_answer_ends_the_silence()
    {
        var id = _table.Add(Asker, 1, "x");
        _time.Advance(TimeSpan.FromSeconds(1));
        _table.Add(Asker, 1, "y");
        Assert.True(_table.IsSilent(1, out _));
        Assert.True(Knows(id));
        Assert.False(_table.IsSilent(1, out var ask));
        Assert.True(ask);
    }

    [Fact]
    public void Who_is_answered_in_time_is_never_silent_however_long_nobody_asks()
    {
        Assert.True(Knows(_table.Add(Asker, 1, "x")));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_table.IsSilent(1, out _));
    }
}
