using EdgeActors.Config;
using EdgeActors.Settings;
using EdgeActors.Tests.Cluster.Tls;
using EdgeActors.Tls;

namespace EdgeActors.Tests.Tls;

public sealed class TlsIdentitySpecs : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    private static TlsFileException Refused(ClusterTlsSettings files) =>
        Assert.Throws<TlsFileException>(() => TlsIdentity.Load(files, TestAuthority.Now));

    [Fact]
    public void A_certificate_with_its_key_and_its_authority_will_do()
    {
        var identity = TlsIdentity.Load(_authority.Node("a", until: TestAuthority.Now.AddDays(7)), TestAuthority.Now);
        Assert.True(identity.Certificate.HasPrivateKey);
        Assert.Equal(TestAuthority.Now.AddDays(7), identity.Expires, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void It_is_valid_until_its_end()
    {
        var files = _authority.Node("a", until: TestAuthority.Now.AddDays(7));
        var end = TlsIdentity.Load(files, TestAuthority.Now).Expires;
        TlsIdentity.Load(files, end.AddSeconds(-1));
        Assert.Contains("has expired, at ", Assert.Throws<TlsFileException>(() => TlsIdentity.Load(files, end)).Message);
    }

    [Fact]
    public void One_that_begins_later_is_not_valid_yet() =>
        Assert.Contains("is not valid before ", Refused(_authority.Node("a", from: TestAuthority.Now.AddHours(1))).Message);

    [Fact]
    public void The_authority_of_another_cluster_is_none_here()
    {
        using var other = new TestAuthority("other");
        var files = _authority.Node("a");
        var refused = Refused(files with { Authority = other.File });
        Assert.Equal(files.Certificate, refused.File);
        Assert.Contains($"the authority in {other.File} does not stand behind the certificate in {files.Certificate} (", refused.Message);
    }

    [Fact]
    public void An_old_and_a_new_authority_may_stand_side_by_side()
    {
        using var other = new TestAuthority("other");
        var both = _authority.Write("both.pem", File.ReadAllText(other.File) + File.ReadAllText(_authority.File));
        TlsIdentity.Load(_authority.Node("a") with { Authority = both }, TestAuthority.Now);
        TlsIdentity.Load(other.Node("b") with { Authority = both }, TestAuthority.Now);
    }

    [Fact]
    public void A_certificate_for_servers_alone_is_none_of_a_node() =>
        Assert.Contains("NotValidForUsage", Refused(_authority.Node("a", uses: TestAuthority.Server)).Message);

    [Fact]
    public void A_certificate_for_both_uses_will_do() =>
        TlsIdentity.Load(_authority.Node("a", uses: [TestAuthority.Server, TestAuthority.Client]), TestAuthority.Now);

    [Fact]
    public void The_key_of_another_certificate_is_told_as_such()
    {
        var files = _authority.Node("a");
        var mixed = files with { Key = _authority.Node("b").Key };
        var refused = Refused(mixed);
        Assert.Equal(
            (mixed.Key, $"the key in {mixed.Key} is not that of the first certificate in {files.Certificate}"),
            (refused.File, refused.Message));
    }

    [Fact]
    public void A_file_that_is_missing_or_holds_something_else_is_named()
    {
        var files = _authority.Node("a");
        var nothing = _authority.Path("nothing.pem");
        Assert.Equal($"cannot read {nothing}: there is no such file", Refused(files with { Authority = nothing }).Message);
        Assert.Equal(
            $"there is no certificate in {files.Key}; expected PEM, from BEGIN CERTIFICATE on",
            Refused(files with { Certificate = files.Key }).Message);
        Assert.Equal(
            $"there is no private key in {files.Certificate}; expected PEM, from BEGIN PRIVATE KEY on",
            Refused(files with { Key = files.Certificate }).Message);
        var encrypted = _authority.Write("encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----");
        Assert.StartsWith($"the key in {encrypted} is encrypted; ", Refused(files with { Key = encrypted }).Message);
    }

    [Fact]
    public void Renewed_files_are_followed_and_told_once()
    {
        var files = new TlsIdentityFiles(_authority.Node("a"), TimeProvider.System);
        var before = files.Current(out var news, out var failed);
        Assert.Equal(("", false), (news, failed));
        _authority.Node("a", until: TestAuthority.Now.AddDays(90));
        var after = files.Current(out news, out failed);
        Assert.NotEqual(before.Certificate.Thumbprint, after.Certificate.Thumbprint);
        Assert.StartsWith("its certificate was renewed, and is valid until ", news);
        Assert.Same(after, files.Current(out news, out failed));
        Assert.Equal(("", false), (news, failed));
    }

    [Fact]
    public void Half_of_the_renewed_files_leave_it_as_it_was_until_the_rest_is_there()
    {
        var settings = _authority.Node("a");
        var files = new TlsIdentityFiles(settings, TimeProvider.System);
        var before = files.Current(out _, out _);
        var next = _authority.Node("b", until: TestAuthority.Now.AddDays(90));
        Renew(next.Certificate, settings.Certificate);
        Assert.Same(before, files.Current(out var news, out var failed));
        Assert.True(failed);
        Assert.StartsWith("the files of its certificate have changed and will not do, so it goes on with what it had: the key in ", news);
        Assert.Same(before, files.Current(out news, out _));
        Assert.Equal("", news);
        Renew(next.Key, settings.Key);
        Assert.NotSame(before, files.Current(out news, out failed));
        Assert.False(failed);
    }

    /// <summary>At another time than the file was written at: the kernel's clock for files goes on every few milliseconds only.</summary>
    private static void Renew(string from, string to)
    {
        var before = File.GetLastWriteTimeUtc(to);
        File.Copy(from, to, overwrite: true);
        File.SetLastWriteTimeUtc(to, before.AddSeconds(1));
    }
}
