using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Whether a PROXY header comes ahead of the hello.</summary>
public enum ProxyHeaderRule : byte
{
    /// <summary>Nobody looks for one.</summary>
    None,

    /// <summary>The peer's word counts, and it must give it.</summary>
    Required,

    /// <summary>Others' word counts; this peer is a client, and if it says that it is someone else, it lies.</summary>
    Forbidden,
}

/// <summary>To the one who asked for a peek: a required header is read, and <see cref="Link.Client"/> is who it names.</summary>
public sealed class ProxyHeaderRead : IDeadLetterSuppression
{
    public static readonly ProxyHeaderRead Instance = new();
}

/// <summary>The step before the hello where a listener believes PROXY headers.</summary>
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

    /// <summary>Reads what has come so far, and takes a header off it.</summary>
    /// <param name="failure">Why the peek is over; null: more bytes decide.</param>
    /// <returns>Whether what is left is for the hello's reader.</returns>
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
            pending.Link.Announce(header.Source, header.Target, header.Length);
            // There is room again for what the header took of it.
            pending.Status = ReceiveStatus.Data;
            pending.ReplyTo.Tell(ProxyHeaderRead.Instance, ActorRefs.NoSender);
        }
        return true;
    }
}
