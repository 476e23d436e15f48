using EdgeActors.Peek;

namespace EdgeActors.Connection;

/// <summary>What a failed peek means for its connection.</summary>
internal static class PeekReasons
{
    public static CloseReason From(PeekOutcome outcome) => outcome switch
    {
        PeekOutcome.NotTls => CloseReason.NotTls,
        PeekOutcome.Malformed => CloseReason.HelloMalformed,
        PeekOutcome.TooLarge => CloseReason.HelloTooLarge,
        PeekOutcome.TimedOut => CloseReason.HelloTimeout,
        PeekOutcome.Gone => CloseReason.ClientGone,
        PeekOutcome.ProxyMissing => CloseReason.ProxyMissing,
        PeekOutcome.ProxyMalformed => CloseReason.ProxyMalformed,
        PeekOutcome.ProxyUntrusted => CloseReason.ProxyUntrusted,
        _ => CloseReason.Internal,
    };
}
