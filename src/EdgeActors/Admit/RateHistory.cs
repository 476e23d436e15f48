namespace EdgeActors.Admit;

/// <summary>A <see cref="ConnectionRateCounter"/> without a clock: what was counted, and how long ago.</summary>
/// <param name="AgeMs">Since the current period began, less than a period.</param>
/// <param name="Current">Events of this period.</param>
/// <param name="Previous">Events of the one before.</param>
public readonly record struct RateHistory(uint AgeMs, uint Current, uint Previous);
