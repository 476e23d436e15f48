using Akka.Actor;

namespace EdgeActors;

/// <summary>Whether a node lives, and does not only exist.</summary>
public sealed partial class EdgeNode
{
    /// <summary>Whether each actor that connections cannot do without, and each thread that carries them, answers.</summary>
    /// <param name="within">For all of them together.</param>
    public async Task<bool> Answers(TimeSpan within)
    {
        IActorRef[] actors = [Router, Limiter, Connections, Health, .. Listeners];
        try
        {
            var identities = Task.WhenAll(actors.Select(actor => actor.Ask<ActorIdentity>(new Identify(null), within)));
            await Task.WhenAll(identities, _transport.Echo().WaitAsync(within)).ConfigureAwait(false);
            // One that has stopped is answered for, without a name.
            return (await identities.ConfigureAwait(false)).All(static identity => identity.Subject is not null);
        }
        catch (Exception e) when (e is AskTimeoutException or TimeoutException or TaskCanceledException)
        {
            return false;
        }
    }
}
