using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeHost.Tests.Harness;

/// <summary>A server's certificate and key as PEM, made on the spot, and the fingerprint to know it by.</summary>
internal sealed class TestCertificate
{
    public TestCertificate(string serverName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={serverName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(serverName);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        Certificate = certificate.ExportCertificatePem() + "\n";
        Key = key.ExportPkcs8PrivateKeyPem() + "\n";
        Fingerprint = FingerprintOf(certificate);
    }

    public string Certificate { get; }

    public string Key { get; }

    public string Fingerprint { get; }

    public static string FingerprintOf(X509Certificate certificate) => Convert.ToHexString(SHA256.HashData(certificate.GetRawCertData()));

    /// <summary>Of the first certificate in a text such as openssl writes.</summary>
    public static string FingerprintOf(string text)
    {
        using var certificate = X509Certificate2.CreateFromPem(text);
        return FingerprintOf(certificate);
    }
}
