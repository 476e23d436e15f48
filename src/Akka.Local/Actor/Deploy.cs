namespace Akka.Actor;

/// <summary>Where an actor runs: dispatcher, mailbox, stash size. Empty strings and -1 leave it to the configuration.</summary>
public sealed record Deploy
{
    public const int NoStashSize = -1;

    public static readonly string NoDispatcherGiven = string.Empty;

    public static readonly string NoMailboxGiven = string.Empty;

    public static readonly Deploy None = new();

    public static readonly Deploy Local = None;

    public string Dispatcher { get; private init; } = NoDispatcherGiven;

    public string Mailbox { get; private init; } = NoMailboxGiven;

    public int StashCapacity { get; private init; } = NoStashSize;

    public Deploy WithDispatcher(string dispatcher) => this with { Dispatcher = dispatcher };

    public Deploy WithMailbox(string mailbox) => this with { Mailbox = mailbox };

    public Deploy WithStashCapacity(int stashSize) => this with { StashCapacity = stashSize };
}
