using BenchmarkDotNet.Attributes;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Benchmarks;

/// <summary>Counting a connection against its address's limit.</summary>
public class RateBenchmarks
{
    private const uint PeriodMs = 5_000;
    private const int Known = 100_000;

    private readonly AddressTable _few = Table(Known);
    private readonly AddressTable _many = Table(Known);
    private readonly AddressTable _full = Table(Known);
    private ConnectionRateCounter _counter = new(0);
    private uint _now;
    private uint _next;

    [GlobalSetup]
    public void Fill()
    {
        for (_next = 0; _next < Known; _next++)
        {
            _many.Track(Key(_next), 0);
            _full.Track(Key(_next), 0);
        }
    }

    [Benchmark]
    public uint Counter() => _counter.Add(_now++ >> 4, PeriodMs);

    /// <summary>One address that keeps coming.</summary>
    [Benchmark]
    public uint Track_one() => _few.Track(Key(7), 0);

    /// <summary>Any of 100,000 addresses, each of which is known.</summary>
    [Benchmark]
    public uint Track_known() => _many.Track(Key(_next++ * 7919 % Known), 0);

    /// <summary>A flood: every address is new, and the table full.</summary>
    [Benchmark]
    public uint Track_new() => _full.Track(Key(_next++), 0);

    private static AddressTable Table(int capacity) => new(capacity, TimeSpan.FromMilliseconds(PeriodMs), TimeSpan.FromSeconds(60));

    private static AddressKey Key(uint address) => new(0, 0x0000_ffff_0000_0000UL | address);
}
