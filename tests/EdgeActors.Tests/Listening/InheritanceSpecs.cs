using EdgeActors.Listening;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Listening;

public sealed class InheritanceSpecs
{
    private static LentSocket Socket(string owner, string bind) =>
        new(owner, BindSettings.Read(bind)!, File.OpenHandle(typeof(InheritanceSpecs).Assembly.Location));

    [Fact]
    public void An_address_is_taken_once_whatever_its_owner_is_called_now()
    {
        using var inheritance = new Inheritance([Socket("https", "*:443"), Socket("https", "*:443"), Socket("plain", "127.0.0.1:80")], []);
        Assert.Equal(2, inheritance.Take("web", BindSettings.Read("*:443")!).Count);
        Assert.Empty(inheritance.Take("web", BindSettings.Read("*:443")!));
        Assert.Empty(inheritance.Take("web", BindSettings.Read("0.0.0.0:443")!));
        Assert.Empty(inheritance.Take("web", BindSettings.Read("[::]:443")!));
        Assert.Equal(1, inheritance.Left);
    }

    [Fact]
    public void A_port_that_the_system_chose_belongs_to_its_owner()
    {
        using var inheritance = new Inheritance([Socket("a", "127.0.0.1:0"), Socket("b", "127.0.0.1:0")], []);
        var bind = BindSettings.Read("127.0.0.1:0")!;
        Assert.Empty(inheritance.Take("c", bind));
        Assert.Single(inheritance.Take("b", bind));
        Assert.Single(inheritance.Take("a", bind));
    }

    [Fact]
    public void What_nobody_takes_is_closed_and_nothing_else()
    {
        var (taken, left) = (Socket("a", "*:1"), Socket("a", "*:2"));
        var inheritance = new Inheritance([taken, left], []);
        inheritance.Take("a", taken.Bind);
        inheritance.Dispose();
        Assert.Equal((false, true), (taken.Handle.IsClosed, left.Handle.IsClosed));
        taken.Handle.Dispose();
    }
}
