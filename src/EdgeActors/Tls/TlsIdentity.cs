using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tls;

/// <summary>A file of the node's identity is unusable; the message says why.</summary>
internal sealed class TlsFileException(string file, string message, Exception? inner = null) : Exception(message, inner)
{
    public string File { get; } = file;
}

/// <summary>A node's certificate, key and authority, read at one moment.</summary>
internal sealed class TlsIdentity
{
    /// <summary>Bytes; a chain has about 10 KiB.</summary>
    private const int MaxSize = 1 << 20;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1"), ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2Collection _links, _authority;

    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection links, X509Certificate2Collection authority)
    {
        (_links, _authority) = (links, authority);
        Certificate = certificate;
    }

    public X509Certificate2 Certificate { get; }

    public DateTimeOffset Expires => Certificate.NotAfter.ToUniversalTime();

    /// <exception cref="TlsFileException">A file cannot be read, is malformed, does not match the others, or is not valid now.</exception>
    public static TlsIdentity Load(ClusterTlsSettings files, DateTimeOffset now)
    {
        var chain = ReadText(files.Certificate);
        var links = Certificates(files.Certificate, chain);
        var authority = Certificates(files.Authority, ReadText(files.Authority));
        var certificate = WithKey(files, chain, ReadText(files.Key));
        links.RemoveAt(0);
        CheckTime(files.Certificate, certificate, now);
        var identity = new TlsIdentity(certificate, links, authority);
        if (identity.WhyNotTrusted(certificate, [], now) is { } why)
        {
            throw new TlsFileException(
                files.Certificate, $"the authority in {files.Authority} does not stand behind the certificate in {files.Certificate} ({why})");
        }
        return identity;
    }

    /// <summary>Trusts certificates of this authority only, and only with both client and server usage, since a node is both. Names are not
    /// compared. There are no revocation lists: revoking a certificate requires a new authority.</summary>
    /// <param name="sent">Intermediate certificates from the peer.</param>
    /// <returns>The errors, e.g. <c>UntrustedRoot, NotTimeValid</c>; null: trusted.</returns>
    public string? WhyNotTrusted(X509Certificate2 certificate, IEnumerable<X509Certificate2> sent, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_authority);
        // Akka.Remote sends the leaf certificate only, so intermediates come from this node's own file.
        policy.ExtraStore.AddRange(_links);
        policy.ExtraStore.AddRange(sent.ToArray());
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = now.UtcDateTime;
        policy.ApplicationPolicy.Add(ServerAuthentication);
        policy.ApplicationPolicy.Add(ClientAuthentication);
        return chain.Build(certificate)
            ? null
            : string.Join(", ", chain.ChainStatus.Select(static status => status.Status.ToString()).Distinct());
    }

    private static string ReadText(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            if (!stream.CanSeek || stream.Length > MaxSize)
                throw new IOException(stream.CanSeek ? $"it is larger than {MaxSize >> 20}MiB" : "it is no regular file");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file"
                : e.Message.ReplaceLineEndings(" ");
            throw new TlsFileException(file, $"cannot read {file}: {why}", e);
        }
    }

    private static X509Certificate2Collection Certificates(string file, string text)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            throw new TlsFileException(file, $"a certificate in {file} cannot be read: {e.Message}", e);
        }
        return certificates.Count > 0
            ? certificates
            : throw new TlsFileException(file, $"there is no certificate in {file}; expected PEM, from BEGIN CERTIFICATE on");
    }

    private static X509Certificate2 WithKey(ClusterTlsSettings files, string chain, string key)
    {
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new TlsFileException(
                files.Key, $"the key in {files.Key} is encrypted; expected one without a passphrase, in a file that only Edge may read");
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new TlsFileException(files.Key, $"there is no private key in {files.Key}; expected PEM, from BEGIN PRIVATE KEY on");
        try
        {
            return X509Certificate2.CreateFromPem(chain, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new TlsFileException(files.Key, $"the key in {files.Key} is not that of the first certificate in {files.Certificate}", e);
        }
    }

    private static void CheckTime(string file, X509Certificate2 certificate, DateTimeOffset now)
    {
        var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        // OpenSSL excludes the last second.
        if (now >= until)
            throw new TlsFileException(file, $"the certificate in {file} has expired, at {Time(until)}");
        if (now < from)
            throw new TlsFileException(file, $"the certificate in {file} is not valid before {Time(from)}");
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}

/// <summary>The identity in the current files, checked at each handshake (rare), so renewal needs no signal. Unusable files (a renewal may
/// be half written) leave the identity unchanged.</summary>
internal sealed class TlsIdentityFiles
{
    private readonly ClusterTlsSettings _files;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private string _stamp;
    private TlsIdentity _identity;
    private bool _behind;

    /// <exception cref="TlsFileException">The initial files are unusable.</exception>
    public TlsIdentityFiles(ClusterTlsSettings files, TimeProvider time)
    {
        _files = files;
        _time = time;
        _stamp = Stamp();
        _identity = TlsIdentity.Load(files, time.GetUtcNow());
    }

    /// <param name="news">For the log; empty if nothing changed.</param>
    /// <param name="failed">True if <paramref name="news"/> is an error.</param>
    public TlsIdentity Current(out string news, out bool failed)
    {
        (news, failed) = ("", false);
        lock (_lock)
        {
            var stamp = Stamp();
            var changed = stamp != _stamp;
            if (!changed && !_behind)
                return _identity;
            _stamp = stamp;
            try
            {
                _identity = TlsIdentity.Load(_files, _time.GetUtcNow());
                _behind = false;
                news = $"its certificate was renewed, and is valid until {_identity.Expires:yyyy-MM-ddTHH:mm:ssZ}";
            }
            catch (TlsFileException e)
            {
                // The next handshake tries again, since a certificate may become valid; the error is logged once.
                _behind = true;
                if (changed)
                    (news, failed) = (
                        $"the files of its certificate have changed and will not do, so it goes on with what it had: {e.Message}", true);
            }
            return _identity;
        }
    }

    /// <summary>Changes with each file change. Links are resolved, since containers swap certificates by link.</summary>
    private string Stamp()
    {
        return string.Join(' ', One(_files.Certificate), One(_files.Key), One(_files.Authority));

        static string One(string path)
        {
            try
            {
                var file = new FileInfo(path);
                var end = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
                return end.Exists ? $"{end.FullName}:{end.Length}:{end.LastWriteTimeUtc.Ticks}" : "";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }
    }
}
