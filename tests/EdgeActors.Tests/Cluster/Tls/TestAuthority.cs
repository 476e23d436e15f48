using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Cluster.Tls;

/// <summary>An authority of a cluster, made on the spot, and the files of nodes that it stands behind; gone with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    public static readonly Oid Server = new("1.3.6.1.5.5.7.3.1"), Client = new("1.3.6.1.5.5.7.3.2");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-tls-");
    private readonly X509Certificate2 _authority;
    private int _serial;

    public TestAuthority(string name = "cluster")
    {
        var request = new CertificateRequest($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _authority = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
        File = Write("authority.pem", _authority.ExportCertificatePem());
    }

    public static DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    public string File { get; }

    public string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(Path(name), text + "\n");
        return Path(name);
    }

    /// <summary>Writes NAME.pem and NAME.key.</summary>
    public ClusterTlsSettings Node(string name, DateTimeOffset? from = null, DateTimeOffset? until = null, params Oid[] uses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (uses.Length > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses], false));
        using var certificate = request.Create(
            _authority, from ?? Now.AddHours(-1), until ?? Now.AddDays(30), BitConverter.GetBytes(++_serial));
        return new ClusterTlsSettings(
            Write($"{name}.pem", certificate.ExportCertificatePem()), Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()), File);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }
}
