using System.Net;
using System.Text.Json.Serialization;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>A joined link at rest: no thread reads, writes or watches its descriptors. Another process can continue it, or this one. Times
/// are timestamps of CLOCK_MONOTONIC, which both processes read.</summary>
public sealed record LinkHandover
{
    public required long Id { get; init; }

    /// <summary>As announced by a PROXY header, if there was one.</summary>
    public required string Client { get; init; }

    public required string Local { get; init; }

    public required long AcceptedAt { get; init; }

    public required long JoinedAt { get; init; }

    public required long LastUp { get; init; }

    public required long LastDown { get; init; }

    /// <summary>When it came to rest.</summary>
    public required long FrozenAt { get; init; }

    public required RelayTimeouts Timeouts { get; init; }

    public required DirectionHandover Up { get; init; }

    public required DirectionHandover Down { get; init; }

    [JsonIgnore]
    public int ClientFd { get; init; } = -1;

    [JsonIgnore]
    public int ServerFd { get; init; } = -1;

    /// <summary>See <see cref="KeptSlots"/>; 0: not kept.</summary>
    [JsonIgnore]
    public int KeptSlot { get; init; }

    /// <summary>The descriptors in the order in which they are sent.</summary>
    [JsonIgnore]
    public IEnumerable<int> Descriptors => [ClientFd, ServerFd, .. Up.Descriptors, .. Down.Descriptors];

    [JsonIgnore]
    public int DescriptorCount => 2 + (Up.HasPipe ? 2 : 0) + (Down.HasPipe ? 2 : 0);

    /// <param name="fds">As many as <see cref="DescriptorCount"/>.</param>
    public LinkHandover With(ReadOnlySpan<int> fds) => this with
    {
        ClientFd = fds[0],
        ServerFd = fds[1],
        Up = Up.With(fds[2..]),
        Down = Down.With(fds[(Up.HasPipe ? 4 : 2)..]),
    };

    /// <summary>Whether the descriptors are what they are said to be: the peer may have sent any.</summary>
    public bool IsValid() => IPEndPoint.TryParse(Client, out _) && IPEndPoint.TryParse(Local, out _) && SharedSockets.IsStream(ClientFd)
        && SharedSockets.IsStream(ServerFd) && Up.IsValid() && Down.IsValid();
}

/// <summary>One direction of a joined link at rest. Bytes in transit are in user space or in a pipe, never in both.</summary>
public sealed record DirectionHandover
{
    /// <summary>Bytes relayed so far.</summary>
    public long Bytes { get; init; }

    /// <summary>The FIN was received. It follows the bytes in transit.</summary>
    public bool HasFin { get; init; }

    /// <summary>The FIN was relayed.</summary>
    public bool Finished { get; init; }

    /// <summary>Bytes in transit in user space.</summary>
    public int HeldLength { get; init; }

    public bool HasPipe { get; init; }

    [JsonIgnore]
    public ReadOnlyMemory<byte> Held { get; init; }

    [JsonIgnore]
    public int PipeRead { get; init; } = -1;

    [JsonIgnore]
    public int PipeWrite { get; init; } = -1;

    /// <summary>The pipe's number at the keeper; 0: not kept.</summary>
    [JsonIgnore]
    public int PipeNumber { get; init; }

    internal IEnumerable<int> Descriptors => HasPipe ? [PipeRead, PipeWrite] : [];

    internal DirectionHandover With(ReadOnlySpan<int> fds) => HasPipe ? this with { PipeRead = fds[0], PipeWrite = fds[1] } : this;

    internal bool IsValid() => HeldLength == Held.Length && HeldLength >= 0
        && (
            !HasPipe
                || (Native.FileControl(PipeRead, Native.FGetPipeSize, 0) > 0 && Native.FileControl(PipeWrite, Native.FGetPipeSize, 0) > 0));
}

/// <summary>The socket of a silently dropped client, at rest.</summary>
/// <param name="LeftMs">Until it is released, unless the client sends more.</param>
/// <param name="Discarded">Bytes discarded since the drop.</param>
/// <param name="HasFin">The client sent FIN.</param>
public sealed record DropHandover(long LeftMs, int Discarded, bool HasFin)
{
    [JsonIgnore]
    public int Fd { get; init; } = -1;
}
