using System.IO.Enumeration;
using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>
/// A path to actors that may or may not be there: names, "..", and patterns with * and ?. It is walked at every tell; what finds nobody is
/// a dead letter.
/// </summary>
public class ActorSelection : ICanTell
{
    private readonly string[] _path;

    public ActorSelection(IActorRef anchor, string path)
        : this(anchor, path.Split('/'))
    {
    }

    public ActorSelection(IActorRef anchor, IEnumerable<string> elements)
    {
        Anchor = anchor;
        _path = [.. elements.Where(static e => e.Length != 0 && e != ".")];
    }

    public IActorRef Anchor { get; }

    public string PathString => "/" + string.Join('/', _path);

    public void Tell(object message, IActorRef? sender = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        sender ??= ActorCell.GetCurrentSelfOrNoSender();
        var found = false;
        foreach (var actor in Find((IInternalActorRef)Anchor, 0))
        {
            found = true;
            actor.Tell(message, sender);
        }

        if (!found)
            Missing().Tell(message, sender);
    }

    public Task<IActorRef> ResolveOne(TimeSpan timeout) => ResolveOne(timeout, CancellationToken.None);

    /// <exception cref="ActorNotFoundException">Nobody answered in time.</exception>
    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            var identity = await this.Ask<ActorIdentity>(new Identify(null), timeout, ct).ConfigureAwait(false);
            return identity.Subject ?? throw new ActorNotFoundException($"There is no actor at {this}.");
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            throw new ActorNotFoundException($"No actor at {this} answered.", e);
        }
    }

    public override bool Equals(object? obj) => obj is ActorSelection other && Anchor.Equals(other.Anchor) && _path.SequenceEqual(other._path);

    public override int GetHashCode() => HashCode.Combine(Anchor, PathString);

    public override string ToString() => $"ActorSelection[Anchor({Anchor.Path}), Path({PathString})]";

    private IEnumerable<IInternalActorRef> Find(IInternalActorRef at, int depth)
    {
        if (depth == _path.Length)
            return at.IsNobody() ? [] : [at];
        var part = _path[depth];
        if (part == "..")
            return Find(at.Parent, depth + 1);
        if (part.AsSpan().IndexOfAny('*', '?') < 0)
            return at.GetChild([part]) is IInternalActorRef child && !child.IsNobody() ? Find(child, depth + 1) : [];
        return at is LocalActorRef local
            ? local.Cell.Snapshot().Where(c => FileSystemName.MatchesSimpleExpression(part, c.Path.Name, ignoreCase: false)).SelectMany(c => Find(c, depth + 1))
            : [];
    }

    private EmptyLocalActorRef Missing()
    {
        var provider = ((IInternalActorRef)Anchor).Provider;
        return new EmptyLocalActorRef(provider, Anchor.Path / _path, provider.Settings.System.EventStream);
    }
}
