using System.Numerics;
using System.Security.Cryptography;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// SipHash-1-3 with a key of its own per instance. Who owns an IPv6 prefix chooses among 2^64 addresses; without a secret in the hash
/// they could be chosen to share a bucket, and each look-up would walk all of them.
/// </summary>
internal readonly struct KeyedHash
{
    private readonly ulong _k0;
    private readonly ulong _k1;

    public KeyedHash(ulong k0, ulong k1)
    {
        _k0 = k0;
        _k1 = k1;
    }

    public static KeyedHash Random()
    {
        Span<byte> key = stackalloc byte[16];
        RandomNumberGenerator.Fill(key);
        return new KeyedHash(BitConverter.ToUInt64(key), BitConverter.ToUInt64(key[8..]));
    }

    public ulong Of(in AddressKey key)
    {
        var v0 = _k0 ^ 0x736f6d6570736575;
        var v1 = _k1 ^ 0x646f72616e646f6d;
        var v2 = _k0 ^ 0x6c7967656e657261;
        var v3 = _k1 ^ 0x7465646279746573;

        Absorb(key.High, ref v0, ref v1, ref v2, ref v3);
        Absorb(key.Low, ref v0, ref v1, ref v2, ref v3);
        Absorb(16UL << 56, ref v0, ref v1, ref v2, ref v3); // the message's length ends it
        v2 ^= 0xff;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
