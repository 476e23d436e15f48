namespace EdgeActors.Tests.Telemetry;

/// <summary>Blocks in its first write until it is let go.</summary>
internal sealed class BlockedStream : MemoryStream
{
    public ManualResetEventSlim Entered { get; } = new();

    public ManualResetEventSlim Go { get; } = new();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Entered.Set();
        await Task.Run(Go.Wait, cancellationToken);
        await base.WriteAsync(buffer, cancellationToken);
    }
}
