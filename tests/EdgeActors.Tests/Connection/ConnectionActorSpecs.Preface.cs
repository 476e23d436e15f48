using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Connection;

/// <summary>Fields of a received PROXY header that are passed on.</summary>
public sealed partial class ConnectionActorSpecs
{
    private static TlvTypes Types(params byte[] types) => types.Aggregate(default(TlvTypes), static (set, type) => set.With(type));

    private byte[] FieldsSent(ProxyTlvSettings tlvs, params byte[] received)
    {
        _backend = _backend with { ProxyTlvs = tlvs };
        var connection = Start();
        _peeks.Request!.ProxyFields = received;
        Peeked(connection);
        _router.ExpectMsg<EdgeActors.Routing.RouteQuery>(Soon);
        _router.Reply(To(0));
        AwaitCondition(() => _link.Connects == 1, Soon);
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.ReadV2(_link.Preface, out var header));
        return _link.Preface[(header.Length - header.FieldsLength)..];
    }

    [Fact]
    public void Received_fields_are_not_passed_on_by_themselves() =>
        Assert.Empty(FieldsSent(new(ProxyTlvs.None, default), 0xe1, 0, 1, 5));

    [Fact]
    public void A_received_field_replaces_Edges_own()
    {
        var sent = FieldsSent(
            new(ProxyTlvs.Authority | ProxyTlvs.UniqueId, Types(0x02, 0xe1)), 0x02, 0, 1, (byte)'x', 0x05, 0, 1, (byte)'7', 0xe1, 0, 1, 5);
        Assert.Equal([0x02, 0, 1, (byte)'x', 0xe1, 0, 1, 5], sent[^8..]);
        Assert.Equal(ProxyFields.UniqueIdType, sent[0]);
        Assert.True(Assert.Single(_live.Records).HasUniqueId);
    }

    [Fact]
    public void Without_a_received_field_Edges_own_is_sent()
    {
        var sent = FieldsSent(new(ProxyTlvs.Authority, Types(0x02, 0x05)), 0x05, 0, 1, (byte)'7');
        Assert.Equal([0x02, 0, 20, .. "demo.fiscalismia.com"u8, 0x05, 0, 1, (byte)'7'], sent);
        Assert.False(Assert.Single(_live.Records).HasUniqueId);
    }

    [Fact]
    public void As_many_fields_as_an_accepted_header_holds_are_passed_on()
    {
        byte[] longest = [0xe1, 0x0f, 0xe1, .. new byte[ProxyHeaderReader.MaxLength - ProxyHeaderV2.Tcp4Length - 3]];
        Assert.Equal(longest, FieldsSent(new(ProxyTlvs.None, Types(0xe1)), longest));
        _link.Handler!.Joined(_link);
        AwaitCondition(() => Assert.Single(_live.Records).ProxyFields.Length == 0, Soon);
    }
}
