using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tls;

/// <summary>
/// The identity in the files of now: who renews them need tell nobody. They are looked at when there is a handshake, which is seldom. Files
/// that will not do (half of them may be new) leave the identity as it was.
/// </summary>
internal sealed class TlsIdentityFiles
{
    private readonly ClusterTlsSettings _files;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private string _stamp;
    private TlsIdentity _identity;
    private bool _behind;

    /// <exception cref="TlsFileException">There is nothing to begin with.</exception>
    public TlsIdentityFiles(ClusterTlsSettings files, TimeProvider time)
    {
        _files = files;
        _time = time;
        _stamp = Stamp();
        _identity = TlsIdentity.Load(files, time.GetUtcNow());
    }

    /// <param name="news">For the log, and empty where there is nothing new.</param>
    /// <param name="failed">Whether the news are bad.</param>
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
                // Looked at again by the next handshake, as what is not valid yet will be; told once.
                _behind = true;
                if (changed)
                    (news, failed) = ($"the files of its certificate have changed and will not do, so it goes on with what it had: {e.Message}", true);
            }
            return _identity;
        }
    }

    /// <summary>Another one after each change. What a link leads to counts: that is how certificates are swapped in containers.</summary>
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
