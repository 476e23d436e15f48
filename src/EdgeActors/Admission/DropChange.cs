using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <param name="Again">When <see cref="KernelDrops.Next"/> is due; null: nothing is dropped, and there is no flood.</param>
public sealed record DropChange(Cidr[] Added, List<DropEnd> Removed, TimeSpan? Again);

/// <param name="Unseen">How long the rate limiter has not seen the client's connections. Its counter must not decay for that time.</param>
public sealed record DropEnd(Cidr Network, TimeSpan Unseen);
