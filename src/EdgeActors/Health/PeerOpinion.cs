namespace EdgeActors.Health;

/// <summary>How many other nodes see a server up, and how many down. Those that do not know are not counted.</summary>
public readonly record struct PeerOpinion(int Up, int Down)
{
    /// <summary>Somebody sees it up: from there it can be reached.</summary>
    public bool IsUp => Up > 0;

    /// <summary>Somebody sees it down and nobody sees it up.</summary>
    public bool IsDown => Down > 0 && Up == 0;

    /// <summary>Such as <c>up on 1 of 2</c>; null where nobody knows.</summary>
    public string? Words => Up + Down == 0 ? null : $"up on {Up} of {Up + Down}";
}
