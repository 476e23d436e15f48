using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

public sealed partial class ConnectionAdmissionSpecs
{
    /// <summary>The address's other connections came to other nodes, so this node's own table would admit it.</summary>
    [Fact]
    public void What_a_shared_entity_refuses_is_dropped_by_the_kernel_of_this_node()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(limit: 1000));
        _admission = new ListenerAdmission(_listener, _time);
        Node.Drops.Wake = static () => { };
        for (var i = 2; i < KernelDrops.Flood; i++)
            Node.OnRefusedAtOnce(new AddressKey(0, 0xffff_cb00_7100ul + (uint)i));
        for (var i = 0; i < 2; i++)
        {
            Assert.Empty(Node.Drops.Networks);
            var (connection, link) = Start();
            Peeked(connection);
            _limiter.ExpectMsg<RateQuery>(Soon);
            _limiter.Reply(RateAnswer.SharedNo);
            ExpectEnd(connection, link, CloseReason.RateLimited);
        }
        Assert.False(Node.RefusesAtOnce(Client));
        Assert.Equal(Client, Assert.Single(Node.Drops.Next(TimeSpan.FromSeconds(5), access: null).Added).First);
    }
}
