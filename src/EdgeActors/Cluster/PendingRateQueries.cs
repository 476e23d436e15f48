using Akka.Actor;
using EdgeActors.Admission;

namespace EdgeActors.Cluster;

/// <summary>
/// Questions without an answer, and shards that are silent. A ring: the number of a question names its slot, so an unanswered question is
/// overwritten some thousands later and needs no clean-up. For one actor.
/// </summary>
/// <param name="timeout">A shard that leaves a question unanswered for so long is silent: the next ones are answered without it.</param>
/// <param name="retry">A silent shard is asked again after so long.</param>
internal sealed class PendingRateQueries(TimeSpan timeout, TimeSpan retry, TimeProvider time, int capacity = PendingRateQueries.Usual)
{
    public const int Usual = 1 << 14;

    private readonly Slot[] _slots = new Slot[capacity];
    private readonly Shard[] _shards = new Shard[RateLimitExtractor.Shards];
    private uint _last;

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

    /// <param name="ask">Whether to ask the shard in any case.</param>
    public bool IsSilent(int shard, out bool ask)
    {
        ref readonly var state = ref _shards[shard];
        ask = true;
        if (state.UnansweredSince == 0 || time.GetElapsedTime(state.UnansweredSince) < timeout)
            return false;
        ask = time.GetElapsedTime(state.AskedAt) >= retry;
        return true;
    }

    /// <param name="asker">Null: no question has this number, or the answer is too late.</param>
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

    /// <summary>The open questions of a shard. Walks through all slots, which is for moving shards only.</summary>
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
