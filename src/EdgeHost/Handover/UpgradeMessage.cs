using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeActors.Connection;
using EdgeActors.Routing;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>The handover failed; the message says why.</summary>
internal sealed class UpgradeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// One message between a process and the one that takes over from it: a JSON object in a packet of its own (SOCK_SEQPACKET).
/// <code>
///   new  ---- take VERSION PID ----------------------->  old      or refused TEXT, and nothing is changed
///        &lt;--- socket OWNER BIND, with a descriptor ---            for each listening socket
///        &lt;--- server ... -----------------------------            for each server
///        &lt;--- end GENERATION LASTID PREFIX ----------
///        ---- ready ---------------------------------->           it could accept at once
///        &lt;--- yours TEXT MOVES LASTID PREFIX ----------            the old one accepts no more; what it was told of the floating IP
///        &lt;--- connections NUMBER, with descriptors ---            only if both can (MOVES): joined connections and silent drops
///        ---- adopted NUMBER NOTTAKEN --------------->            it has them, except these
///        &lt;--- done -----------------------------------            repeated until none is left
/// </code>
/// Where the connection ends before ready, the old process goes on unchanged. Where it ends later, each batch belongs to the new process if
/// its "adopted" was sent, else to the old one. Unknown properties are ignored, so a process that knows no MOVES gets no connections.
/// </summary>
internal sealed record UpgradeMessage(string Kind)
{
    public const int Version = 1;

    public const string Take = "take", Refused = "refused", Socket = "socket", Server = "server", End = "end", Ready = "ready", Yours = "yours",
        Connections = "connections", Adopted = "adopted", Done = "done";

    /// <summary>The format of <see cref="Connections"/>; 0: connections stay.</summary>
    public const int MovesVersion = 1;

    public const int MaxLength = 16 * 1024;

    public int Speaks { get; init; } = Version;

    public int Pid { get; init; }

    public string? Text { get; init; }

    public string? Owner { get; init; }

    public string? Bind { get; init; }

    public ServerHandover? Memory { get; init; }

    /// <summary>In <see cref="End"/>: the configuration in force.</summary>
    public long Generation { get; init; }

    /// <summary>In <see cref="Take"/>: the newest format that the process reads. In <see cref="Yours"/>: the format that follows.</summary>
    public int Moves { get; init; }

    /// <summary>Connections of the new process have higher ids.</summary>
    public long LastId { get; init; }

    /// <summary>See <see cref="EdgeActors.Protocol.ConnectionUniqueId.Prefix"/>.</summary>
    public string? Prefix { get; init; }

    public long Number { get; init; }

    /// <summary>Bytes of JSON in the memory file of <see cref="Connections"/>; the bytes in transit follow.</summary>
    public int Length { get; init; }

    /// <summary>Ids of connections that the new process does not take.</summary>
    public IReadOnlyList<long> NotTaken { get; init; } = [];

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UpgradeJson.Default.UpgradeMessage);

    /// <exception cref="UpgradeException">The bytes are no message.</exception>
    public static UpgradeMessage Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, UpgradeJson.Default.UpgradeMessage) ?? throw new UpgradeException("it said nothing");
        }
        catch (JsonException e)
        {
            throw new UpgradeException("it said something else than a message", e);
        }
    }

    public void SendTo(Socket socket) => SharedSockets.Send(socket, ToBytes());

    /// <returns>Null: the other process has ended the connection.</returns>
    /// <exception cref="OperationCanceledException">It said nothing in time.</exception>
    /// <exception cref="UpgradeException">It said something else.</exception>
    public static async Task<UpgradeMessage?> Receive(Socket from, TimeSpan within, CancellationToken cancel)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(within);
        var buffer = new byte[MaxLength];
        try
        {
            var length = await from.ReceiveAsync(buffer, late.Token);
            return length == 0 ? null : Read(buffer.AsSpan(0, length));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(UpgradeMessage))]
[JsonSerializable(typeof(HandoverBatch))]
[JsonSerializable(typeof(ConnectionHandover))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class UpgradeJson : JsonSerializerContext;
