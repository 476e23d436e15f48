using BenchmarkDotNet.Attributes;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Benchmarks;

/// <summary>Reading a ClientHello that is there as a whole. Real hellos, cut into records as a client may.</summary>
public class HelloBenchmarks
{
    private byte[] _wire = [];

    /// <summary>A browser's in one record; openssl's in four; one whose every byte is a record, the costliest there is.</summary>
    [Params("chromium156-1", "openssl30-multirecord", "synth-records1")]
    public string Hello { get; set; } = "";

    [GlobalSetup]
    public void Load() => _wire = Hellos.Load(Hello);

    [Benchmark]
    public ClientHello? Read()
    {
        var status = ClientHelloReader.Read(_wire, ClientHelloReader.DefaultMaxHello, out var hello);
        return status == HelloStatus.Complete ? hello : throw new InvalidOperationException($"{Hello} is {status}");
    }
}

/// <summary>First flights of real clients, all for <see cref="ServerName"/>.</summary>
internal static class Hellos
{
    public const string ServerName = "demo.fiscalismia.com";

    public static byte[] Load(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Hellos", name + ".bin"));
}
