using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Whether a PROXY header comes ahead of the hello.</summary>
public enum ProxyHeaderRule : byte
{
    /// <summary>No header is read.</summary>
    None,

    /// <summary>The peer is trusted and must send a header.</summary>
    Required,

    /// <summary>The peer is not trusted and must not send a header.</summary>
    Forbidden,
}

/// <summary>To the actor that asked for a peek: the header was read, and <see cref="Link.Client"/> is the address in it.</summary>
public sealed class ProxyHeaderRead : IDeadLetterSuppression
{
    public static readonly ProxyHeaderRead Instance = new();
}

/// <summary>Reads the PROXY header ahead of the hello where a listener accepts one.</summary>
internal static class ProxyHeaderPeek
{
    /// <param name="trusted">As in <see cref="Settings.ListenerSettings.AcceptProxy"/>.</param>
    public static ProxyHeaderRule RuleFor(IPAddress peer, IReadOnlyList<IPNetwork>? trusted)
    {
        if (trusted is null)
            return ProxyHeaderRule.None;
        for (var i = 0; i < trusted.Count; i++)
        {
            if (trusted[i].Contains(peer))
                return ProxyHeaderRule.Required;
        }
        return ProxyHeaderRule.Forbidden;
    }

    /// <summary>Parses the bytes received so far and removes a header from them.</summary>
    /// <param name="failure">Why the peek is over; null: it is not.</param>
    /// <returns>Whether the remaining bytes belong to the hello.</returns>
    public static bool TryPass(PeekRequest pending, out CloseReason? failure)
    {
        var status = ProxyHeaderReader.Read(pending.Link.Received, out var header);
        failure = (status, pending.Header) switch
        {
            (ProxyHeaderStatus.NotProxy, ProxyHeaderRule.Required) => CloseReason.ProxyMissing,
            (ProxyHeaderStatus.Malformed, ProxyHeaderRule.Required) => CloseReason.ProxyMalformed,
            (ProxyHeaderStatus.NotProxy or ProxyHeaderStatus.Incomplete, _) => null,
            (_, ProxyHeaderRule.Forbidden) => CloseReason.ProxyUntrusted,
            _ => null,
        };
        if (failure is not null || status == ProxyHeaderStatus.Incomplete)
            return false;
        pending.Header = ProxyHeaderRule.None;
        if (status == ProxyHeaderStatus.Complete)
        {
            if (header.FieldsLength > 0)
                pending.ProxyFields = pending.Link.Received[(header.Length - header.FieldsLength)..header.Length].ToArray();
            pending.Link.Announce(header.Source, header.Target, header.Length);
            // Removing the header has freed buffer space.
            pending.Status = ReceiveStatus.Data;
            pending.ReplyTo.Tell(ProxyHeaderRead.Instance, ActorRefs.NoSender);
        }
        return true;
    }
}
