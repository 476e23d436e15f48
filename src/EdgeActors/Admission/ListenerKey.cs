using System.Text;

namespace EdgeActors.Admission;

/// <summary>A listener's name in 32 bits, the same in every process and version, for messages between nodes.</summary>
internal static class ListenerKey
{
    /// <summary>FNV-1a. A node has a handful of listeners, so two of the same key are not to be expected; they would share a limit.</summary>
    public static uint Of(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 16777619;
        return hash;
    }
}
