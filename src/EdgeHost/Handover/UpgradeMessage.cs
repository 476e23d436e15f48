using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeActors.Routing;

namespace EdgeHost.Handover;

/// <summary>The processes do not come to terms; the message says why.</summary>
internal sealed class UpgradeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// One message between a process and the one that takes over from it: a JSON object in a packet of its own (SOCK_SEQPACKET).
/// <code>
///   new  ---- take VERSION PID ----------------------->  old      or refused TEXT, and nothing is changed
///        &lt;--- socket OWNER BIND, with a descriptor ---            for each listening socket
///        &lt;--- server ... -----------------------------            for each server
///        &lt;--- end ------------------------------------
///        ---- ready ---------------------------------->           it could accept at once
///        &lt;--- yours TEXT -----------------------------            the old one accepts no more; what it was told of the floating IP
/// </code>
/// Where the connection ends before ready, the old process goes on as if nothing had been.
/// </summary>
internal sealed record UpgradeMessage(string Kind)
{
    public const int Version = 1;

    public const string Take = "take", Refused = "refused", Socket = "socket", Server = "server", End = "end", Ready = "ready", Yours = "yours";

    /// <summary>Bytes of one message: the names in one are short.</summary>
    public const int MaxLength = 16 * 1024;

    public int Speaks { get; init; } = Version;

    public int Pid { get; init; }

    public string? Text { get; init; }

    public string? Owner { get; init; }

    public string? Bind { get; init; }

    public ServerHandover? Memory { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UpgradeJson.Default.UpgradeMessage);

    /// <exception cref="UpgradeException">It is none.</exception>
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

    public void SendTo(Socket socket) => socket.Send(ToBytes());
}

[JsonSerializable(typeof(UpgradeMessage))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class UpgradeJson : JsonSerializerContext;
