using Akka.Actor;
using EdgeActors.Admission;

namespace EdgeActors.Cluster;

/// <summary>
/// Who has asked what and is still without an answer, and which shards have fallen silent. A ring: its slot is part of a question's number, so
/// a question that is never answered is overwritten some thousands later, and nothing has to be cleaned up. For one actor.
/// </summary>
/// <param name="timeout">A shard that leaves a question unanswered for so long is silent: the next ones are answered without it.</param>
/// <param name="retry">A silent shard is asked again after so long.</param>
internal sealed class PendingRateQueries(TimeSpan timeout, TimeSpan retry, TimeProvider time, int capacity = PendingRateQueries.Usual)
{
    public const int Usual = 1 << 14;

    private readonly Slot[] _slots = new Slot[capacity];
    private readonly Shard[] _shards = new Shard[RateLimitExtractor.Shards];
    private uint _last;

    /// <summary>Notes a question.</summary>
    /// <returns>Its number, never 0.</returns>
    public uint Add(IActorRef asker, int shard, object question)
    {
        // 0 marks a free slot.
        if (++_last == 0)
            _last++;
        _slots[_last & (uint)(capacity - 1)] = new Slot(_last, asker, question, shard);
        ref var state = ref _shards[shard];
        state.AskedAt = time.GetTimestamp();
        if (state.UnansweredSince == 0)
            state.UnansweredSince = state.AskedAt;
        return _last;
    }

    /// <summary>Whether this shard is not to be waited for, and not to be asked now.</summary>
    public bool IsSilent(int shard, out bool ask)
    {
        ref readonly var state = ref _shards[shard];
        ask = true;
        if (state.UnansweredSince == 0 || time.GetElapsedTime(state.UnansweredSince) < timeout)
            return false;
        ask = time.GetElapsedTime(state.AskedAt) >= retry;
        return true;
    }

    /// <summary>An answer has come.</summary>
    /// <param name="asker">Null: it is an answer to nothing, or too late.</param>
    public void Answered(uint id, out IActorRef? asker, out object? question)
    {
        ref var slot = ref _slots[id & (uint)(capacity - 1)];
        (asker, question) = (null, null);
        if (slot.Id != id || id == 0)
            return;
        (asker, question) = (slot.Asker, slot.Question);
        _shards[slot.Shard].UnansweredSince = 0;
        slot = default;
    }

    /// <summary>The questions of a shard that are without an answer. Walks through all slots: for the few moments in which shards move.</summary>
    public IEnumerable<(uint Id, object Question)> Unanswered(int shard)
    {
        for (var i = 0; i < capacity; i++)
        {
            if (_slots[i] is { Id: not 0 } slot && slot.Shard == shard)
                yield return (slot.Id, slot.Question);
        }
    }

    private readonly record struct Slot(uint Id, IActorRef Asker, object Question, int Shard);

    private struct Shard
    {
        /// <summary>Of the last question; 0: none yet.</summary>
        public long AskedAt;

        /// <summary>Of the first question since the last answer; 0: there is none.</summary>
        public long UnansweredSince;
    }
}
