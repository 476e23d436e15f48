using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The reference of an actor of this process. Name and path are spelt out when somebody asks for them.</summary>
public sealed class LocalActorRef : ActorRefWithCell
{
    private static long s_lastUid;

    private readonly IInternalActorRef _parent;
    private readonly ActorCell _cell;
    private string? _name;
    private ActorPath? _path;
    private ChildRestartStats? _restartStats;
    private int _subscribed;

    internal LocalActorRef(ActorSystemImpl system, IInternalActorRef parent, Props props, MessageDispatcher dispatcher, string? name)
    {
        _parent = parent;
        GivenName = _name = name;
        _cell = new ActorCell(system, this, props, dispatcher);
    }

    public override ActorPath Path
    {
        get
        {
            if (_path is null)
                Interlocked.CompareExchange(ref _path, new ChildActorPath(_parent.Path, Name, Interlocked.Increment(ref s_lastUid)), null);
            return _path;
        }
    }

    public override IInternalActorRef Parent => _parent;

    public override IActorRefProvider Provider => _cell.SystemImpl.Provider;

    public override bool IsTerminated => _cell.IsClosed;

    public override bool IsLocal => true;

    public override ICell Underlying => _cell;

    public override IEnumerable<IActorRef> Children => _cell.Snapshot();

    internal ActorCell Cell => _cell;

    internal string? GivenName { get; }

    internal string Name => _name ??= "$" + NameSequence.Text(Number);

    /// <summary>Counts the unnamed children of one parent.</summary>
    internal long Number { get; set; }

    internal LocalActorRef? Previous { get; set; }

    internal LocalActorRef? Next { get; set; }

    internal ChildPlace Place { get; set; }

    internal ChildRestartStats RestartStats => _restartStats ??= new ChildRestartStats(this);

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        IInternalActorRef at = this;
        for (var i = 0; i < name.Count; i++)
        {
            switch (name[i])
            {
                case "":
                    break;
                case "..":
                    at = at.Parent;
                    break;
                case var part when at is LocalActorRef local:
                    if (local._cell.GetSingleChild(part) is not { } child)
                        return ActorRefs.Nobody;
                    at = child;
                    break;
                default:
                    return at.GetChild(name.Skip(i).ToArray());
            }
        }

        return at;
    }

    public override void Start() => _cell.Start();

    public override void Stop() => _cell.SendSystemMessage(new Terminate());

    public override void Suspend() => _cell.SendSystemMessage(new Suspend());

    public override void Resume(Exception? causedByFailure = null) => _cell.SendSystemMessage(new Resume(causedByFailure));

    public override void Restart(Exception cause) => _cell.SendSystemMessage(new Recreate(cause));

    /// <summary>A reference that is no class of the runtime may stand for this one (a test probe does) and knows it best.</summary>
    public override bool Equals(IActorRef? other) => ReferenceEquals(this, other) || (other is not null and not ActorRefBase && other.Equals(this));

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    protected override void TellInternal(object message, IActorRef? sender) => _cell.SendMessage(message, sender);

    internal override void SendSystemMessage(SystemMessage message) => _cell.SendSystemMessage(message);

    /// <summary>The event stream is to hear of the end. False when it has come already.</summary>
    internal bool RememberSubscription()
    {
        Interlocked.Exchange(ref _subscribed, 1);
        return !_cell.IsClosed;
    }

    internal void ForgetSubscription()
    {
        if (Volatile.Read(ref _subscribed) != 0)
            _cell.System.EventStream.Unsubscribe(this);
    }
}
