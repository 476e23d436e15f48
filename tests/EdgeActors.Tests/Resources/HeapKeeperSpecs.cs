using System.Runtime.InteropServices;
using EdgeActors.Resources;

namespace EdgeActors.Tests.Resources;

[Collection(Alone.Name)]
public sealed class HeapKeeperSpecs
{
    /// <summary>What is free lies below a piece that is in use, so the C library does not give it back by itself.</summary>
    [LinuxFact]
    public void What_is_free_of_the_C_library_s_heap_is_given_back()
    {
        const int Size = 64 << 10;
        var pieces = new nint[1024];
        var content = new byte[Size];
        for (var i = 0; i < pieces.Length; i++)
        {
            pieces[i] = Marshal.AllocHGlobal(Size);
            Marshal.Copy(content, 0, pieces[i], Size);
        }
        foreach (var piece in pieces[..^1])
            Marshal.FreeHGlobal(piece);
        var before = Environment.WorkingSet;
        HeapKeeper.TrimNative();
        var given = before - Environment.WorkingSet;
        Marshal.FreeHGlobal(pieces[^1]);
        Assert.True(given > 32 << 20, $"{given >> 10} kB of 64 MB");
    }
}
