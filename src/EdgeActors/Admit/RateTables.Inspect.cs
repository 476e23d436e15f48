namespace EdgeActors.Admit;

/// <summary>For operators. A listener without a limit knows nobody.</summary>
public sealed partial class RateTables
{
    internal uint Rate(int listener, in AddressKey address, TimeProvider time) =>
        TableOf(listener)?.Rate(address, RateClock.Now(time)) ?? 0;

    internal bool Forget(int listener, in AddressKey address) => TableOf(listener)?.Forget(address) ?? false;

    internal TopRates Top(int listener, int from, int most, TimeProvider time) =>
        TableOf(listener)?.Top(from, most, RateClock.Now(time)) ?? new TopRates([], null);

    private AddressTable? TableOf(int listener) => (uint)listener < (uint)_tables.Length ? _tables[listener] : null;
}
