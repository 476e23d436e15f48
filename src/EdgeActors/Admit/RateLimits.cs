using EdgeActors.Config;

namespace EdgeActors.Admit;

/// <summary>
/// The limits in force, one a listener, by the listener's number; replaced whole by another configuration. Tables look at them when they are
/// used, so nobody has to be told.
/// </summary>
/// <param name="first">Null, or without a rate, where there is none.</param>
public sealed class RateLimits(IReadOnlyList<RateLimitSettings?> first)
{
    private IReadOnlyList<RateLimitSettings?> _current = first;

    public IReadOnlyList<RateLimitSettings?> Current => Volatile.Read(ref _current);

    internal void Publish(IReadOnlyList<RateLimitSettings?> next) => Volatile.Write(ref _current, next);
}
