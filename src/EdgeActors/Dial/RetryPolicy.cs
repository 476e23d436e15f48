using EdgeActors.Transport;

namespace EdgeActors.Dial;

/// <summary>What to do after a server did not take a connection.</summary>
public enum RetryStep
{
    /// <summary>Close the client's connection.</summary>
    GiveUp,

    /// <summary>Dial a server that was not tried yet, at once.</summary>
    OtherServer,

    /// <summary>Wait, forget which servers were tried, and pick among all that are up then.</summary>
    StartOver,

    /// <summary>Wait, and dial the same server, whose count it stays in.</summary>
    SameServer,
}

/// <param name="Step">What to do.</param>
/// <param name="Wait">How long to wait before it; zero but for StartOver and SameServer.</param>
public readonly record struct RetryDecision(RetryStep Step, TimeSpan Wait);

/// <summary>
/// How often and how soon a connection is dialled again. Moving to another server costs nothing and needs no pause; asking one again that
/// has just refused does, or the retries are over before it had time to come back.
/// </summary>
/// <param name="Retries">Attempts after the first.</param>
/// <param name="Delay">Pause before a server is asked again.</param>
/// <param name="Redispatch">Whether it may move to another server; false: it asks the one it has until the retries are over, as HAProxy without
/// <c>option redispatch</c>.</param>
public readonly record struct RetryPolicy(int Retries, TimeSpan Delay, bool Redispatch = true)
{
    /// <summary>Decides after a failed attempt.</summary>
    /// <param name="attempts">Attempts made so far, the failed one included: 1 after the first.</param>
    /// <param name="failure">Why it failed.</param>
    /// <param name="otherServer">Whether a server is up that was not tried since the start, or the last StartOver.</param>
    public RetryDecision After(int attempts, CloseReason failure, bool otherServer)
    {
        if (attempts > Retries)
            return new RetryDecision(RetryStep.GiveUp, TimeSpan.Zero);
        if (!Redispatch)
            return new RetryDecision(RetryStep.SameServer, Delay);
        // What this machine lacks, it lacks for every server; dialling on at once would only take more of it.
        if (otherServer && failure != CloseReason.LocalResource)
            return new RetryDecision(RetryStep.OtherServer, TimeSpan.Zero);
        return new RetryDecision(RetryStep.StartOver, Delay);
    }
}
