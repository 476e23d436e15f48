using System.Net;
using BenchmarkDotNet.Attributes;
using EdgeActors.Protocol;

namespace EdgeActors.Benchmarks;

/// <summary>Writing a PROXY protocol v2 header into a buffer.</summary>
public class PrefaceBenchmarks
{
    private readonly byte[] _buffer = new byte[ProxyHeaderV2.MaxLength];
    private readonly IPEndPoint _client4 = new(IPAddress.Parse("192.0.2.1"), 40000);
    private readonly IPEndPoint _local4 = new(IPAddress.Parse("192.0.2.2"), 443);
    private readonly IPEndPoint _client6 = new(IPAddress.Parse("2001:db8::1"), 40000);
    private readonly IPEndPoint _local6 = new(IPAddress.Parse("2001:db8::2"), 443);

    [Benchmark]
    public int Tcp4() => ProxyHeaderV2.Write(_buffer, _client4, _local4);

    [Benchmark]
    public int Tcp6() => ProxyHeaderV2.Write(_buffer, _client6, _local6);
}
