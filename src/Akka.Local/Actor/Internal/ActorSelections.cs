namespace Akka.Actor.Internal;

internal static class ActorSelections
{
    internal static ActorSelection For(ActorPath path, ActorSystemImpl system) => path.Address == system.Provider.DefaultAddress
        ? new ActorSelection(system.LookupRoot, path.Depth == 0 ? [] : path.Elements)
        : new ActorSelection(system.DeadLetters, path.Elements);

    /// <summary>A full path, a path from the root ("/user/a"), or one relative to an actor ("../b").</summary>
    internal static ActorSelection For(string path, ActorSystemImpl system, IInternalActorRef relativeTo)
    {
        if (path.Contains("://", StringComparison.Ordinal) && ActorPath.TryParse(path, out var full))
            return For(full!, system);
        return new ActorSelection(path.StartsWith('/') ? system.LookupRoot : relativeTo, path);
    }
}
