using Akka.Actor;

namespace Akka.Hosting;

/// <summary>A registered actor, to be injected into classes that are no actors.</summary>
/// <typeparam name="TActor">The key that it is registered under.</typeparam>
public interface IRequiredActor<TActor>
{
    /// <exception cref="MissingActorRegistryEntryException">
    /// Nothing is registered under the key, perhaps not yet: other hosted services may start before the actor system has.
    /// </exception>
    IActorRef ActorRef { get; }

    /// <summary>Waits until the actor is registered.</summary>
    Task<IActorRef> GetAsync(CancellationToken cancellationToken = default);
}

public sealed class RequiredActor<TActor>(IReadOnlyActorRegistry registry) : IRequiredActor<TActor>
{
    private IActorRef? _found;

    public IActorRef ActorRef
    {
        get
        {
            if (_found is null)
            {
                if (!registry.TryGet<TActor>(out var actor))
                {
                    throw new MissingActorRegistryEntryException(
                        $"No actor is registered under the key {typeof(TActor)}. Where the actor system may not have started yet, await GetAsync.");
                }

                _found = actor;
            }

            return _found;
        }
    }

    public async Task<IActorRef> GetAsync(CancellationToken cancellationToken = default) =>
        _found ??= await registry.GetAsync<TActor>(cancellationToken).ConfigureAwait(false);
}
