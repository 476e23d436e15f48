using System.Net.Sockets;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>
/// Passes joined connections and silent drops on to the next process, batch by batch, until none is left. Connections that are still
/// undecided follow when they are joined. At each time exactly one process owns a connection:
/// <code>
///   relaying --freeze--> at rest --adopted N received--> the next process relays; this one closes its descriptors
///      ^                    |
///      +--------------------+  refused, or the connection to the next process has ended without it
/// </code>
/// </summary>
/// <param name="adopting">This process may still receive connections itself.</param>
internal sealed class ConnectionSender(Socket to, NodeState node, Task adopting)
{
    /// <summary>For the answer to one batch.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks at undecided connections.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>A connection that does not come to rest stays here after this many attempts.</summary>
    private const int MaxAttempts = 5;

    private readonly Dictionary<long, int> _attempts = [];
    private readonly HashSet<long> _stays = [];

    /// <summary>They are live until their actors know.</summary>
    private readonly HashSet<long> _passed = [];
    private long _number;

    private EdgeLog Log => node.Log;

    /// <summary>Never throws.</summary>
    public async Task Run(CancellationToken cancel)
    {
        try
        {
            await PassAll(cancel);
        }
        catch (OperationCanceledException)
        {
            // The drain is over, or the process ends.
        }
        catch (Exception e) when (e is SocketException or UpgradeException)
        {
            Log.Warning($"upgrade: the other process has gone, the connections that are left go on here: {e.Message}");
        }
        catch (Exception e)
        {
            // A fault of this program; connections go on.
            Log.Error($"upgrade: connections stay here: {e}");
        }
        Log.Info($"upgrade: {_passed.Count} connection(s) passed on");
    }

    private async Task PassAll(CancellationToken cancel)
    {
        // Small at first: the code of both processes is compiled meanwhile.
        var size = 1;
        while (!cancel.IsCancellationRequested)
        {
            var drops = await node.Transport.TakeDrops(HandoverBatch.MaxDrops);
            var next = Next(size);
            if (drops.Count > 0 || next.Count > 0)
            {
                await Pass(await Freeze(next), drops, cancel);
                size = Math.Min(size * 2, HandoverBatch.MaxConnections);
            }
            else if (node.Gate.InUse <= Staying() && adopting.IsCompleted)
            {
                new UpgradeMessage(UpgradeMessage.Done).SendTo(to);
                return;
            }
            else
            {
                await Task.Delay(Pause, cancel);
            }
        }
    }

    private List<LiveConnection> Next(int most) =>
        [.. node.Live.Records.Where(record => record.Phase == ConnectionPhase.Joined && !_stays.Contains(record.Link.Id)
            && !_passed.Contains(record.Link.Id)).Take(most)];

    private int Staying()
    {
        _stays.RemoveWhere(id => node.Live.Find(id) is null);
        return _stays.Count;
    }

    private async Task<IReadOnlyList<FrozenConnection>> Freeze(List<LiveConnection> records)
    {
        if (records.Count == 0)
            return [];
        var frozen = await FrozenBatch.Of(records, node.Routes.Current);
        foreach (var record in records.Except(frozen.Select(static one => one.Record)))
        {
            var id = record.Link.Id;
            if ((_attempts[id] = _attempts.GetValueOrDefault(id) + 1) >= MaxAttempts)
                _stays.Add(id);
        }
        return frozen;
    }

    private async Task Pass(IReadOnlyList<FrozenConnection> frozen, IReadOnlyList<DropHandover> drops, CancellationToken cancel)
    {
        if (frozen.Count + drops.Count == 0)
            return;
        HashSet<long>? refused = null;
        try
        {
            refused = await Offer(new HandoverBatch([.. frozen.Select(Stamped)], drops), cancel);
        }
        finally
        {
            foreach (var one in frozen)
                Settle(one, isTaken: refused is not null && !refused.Contains(one.Handover.Link.Id));
            foreach (var drop in drops)
            {
                if (refused is null)
                    node.Transport.Hold(drop);
                else
                    SharedSockets.Close([drop.Fd]);
            }
        }
    }

    private ConnectionHandover Stamped(FrozenConnection one) =>
        one.Handover with { GenerationSince = node.Generations.Since(one.Handover.Generation) };

    private void Settle(FrozenConnection one, bool isTaken)
    {
        if (isTaken)
        {
            _passed.Add(one.Handover.Link.Id);
            one.Moved();
            return;
        }
        _stays.Add(one.Handover.Link.Id);
        one.GoOn();
    }

    /// <returns>Ids that the next process does not take. It has the others.</returns>
    private async Task<HashSet<long>> Offer(HandoverBatch batch, CancellationToken cancel)
    {
        var number = ++_number;
        try
        {
            using var file = batch.Write(out var length);
            var message = new UpgradeMessage(UpgradeMessage.Connections) { Number = number, Length = length };
            SharedSockets.Send(to, message.ToBytes(), batch.DescriptorsBehind(file));
            var answer = await UpgradeMessage.Receive(to, AnswerTimeout, cancel);
            return Refused(answer, number)
                ?? throw new UpgradeException(answer is null ? "it has ended the connection" : $"it said \"{answer.Kind}\"");
        }
        catch (Exception e) when (e is SocketException or UpgradeException or OperationCanceledException)
        {
            if (LastWord(number) is { } refused)
                return refused;
            throw e is OperationCanceledException && !cancel.IsCancellationRequested ? new UpgradeException("it does not answer", e) : e;
        }
    }

    /// <summary>From the shutdown on, the next process can send nothing: it gets EPIPE (unix(7)). What it has sent before can be
    /// read.</summary>
    private HashSet<long>? LastWord(long number)
    {
        var buffer = new byte[UpgradeMessage.MaxLength];
        try
        {
            to.Shutdown(SocketShutdown.Both);
            to.Blocking = false;
            while (to.Receive(buffer) is var length and > 0)
            {
                if (Refused(UpgradeMessage.Read(buffer.AsSpan(0, length)), number) is { } refused)
                    return refused;
            }
        }
        catch (Exception e) when (e is SocketException or UpgradeException)
        {
            // ENOTCONN: it has closed. EAGAIN: it has said nothing.
        }
        return null;
    }

    private static HashSet<long>? Refused(UpgradeMessage? answer, long number) =>
        answer is { Kind: UpgradeMessage.Adopted } && answer.Number == number ? [.. answer.NotTaken] : null;
}
