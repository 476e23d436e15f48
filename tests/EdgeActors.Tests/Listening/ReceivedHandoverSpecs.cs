using EdgeActors.Listening;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Listening;

public sealed class ReceivedHandoverSpecs
{
    private static TransferredSocket Socket(string owner, string bind) =>
        new(owner, BindSettings.Read(bind)!, File.OpenHandle(typeof(ReceivedHandoverSpecs).Assembly.Location));

    [Fact]
    public void An_address_is_taken_once_whatever_its_owner_is_called_now()
    {
        using var handover = new ReceivedHandover(
            [Socket("https", "*:443"), Socket("https", "*:443"), Socket("plain", "127.0.0.1:80")], []);
        Assert.Equal(2, handover.Take("web", BindSettings.Read("*:443")!).Count);
        Assert.Empty(handover.Take("web", BindSettings.Read("*:443")!));
        Assert.Empty(handover.Take("web", BindSettings.Read("0.0.0.0:443")!));
        Assert.Empty(handover.Take("web", BindSettings.Read("[::]:443")!));
        Assert.Equal(1, handover.Left);
    }

    [Fact]
    public void A_port_that_the_system_chose_belongs_to_its_owner()
    {
        using var handover = new ReceivedHandover([Socket("a", "127.0.0.1:0"), Socket("b", "127.0.0.1:0")], []);
        var bind = BindSettings.Read("127.0.0.1:0")!;
        Assert.Empty(handover.Take("c", bind));
        Assert.Single(handover.Take("b", bind));
        Assert.Single(handover.Take("a", bind));
    }

    [Fact]
    public void What_nobody_takes_is_closed_and_nothing_else()
    {
        var (taken, left) = (Socket("a", "*:1"), Socket("a", "*:2"));
        var handover = new ReceivedHandover([taken, left], []);
        handover.Take("a", taken.Bind);
        handover.Dispose();
        Assert.Equal((false, true), (taken.Handle.IsClosed, left.Handle.IsClosed));
        taken.Handle.Dispose();
    }
}
