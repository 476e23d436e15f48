using System.Net;
using System.Text;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Protocol;

public class ProxyFieldsSpecs
{
    private const string V4 = "0d0a0d0a000d0a515549540a" + "2111";
    private const string Addresses = "cb007109ac140103d43101bb";
    private static readonly IPEndPoint Source = IPEndPoint.Parse("203.0.113.9:54321");
    private static readonly IPEndPoint Target = IPEndPoint.Parse("172.20.1.3:443");

    private static byte[] Written(ProxyFields fields, IPEndPoint? target = null)
    {
        var buffer = new byte[ProxyHeaderV2.MaxLength + 1];
        buffer.AsSpan().Fill(0xee);
        var length = ProxyHeaderV2.Write(buffer, Source, target ?? Target, fields);
        Assert.True(buffer.AsSpan(length).IndexOfAnyExcept((byte)0xee) < 0, "wrote past the length that it returned");
        return buffer[..length];
    }

    [Fact]
    public void Without_fields_nothing_is_added() =>
        Assert.Equal(V4 + "000c" + Addresses, Convert.ToHexStringLower(Written(default)));

    [Fact]
    public void Each_field_has_its_type_and_a_length_of_two_bytes()
    {
        Assert.Equal(V4 + "0011" + Addresses + "010002" + "6832", Convert.ToHexStringLower(Written(new ProxyFields { Alpn = "h2"u8 })));
        Assert.Equal(
            V4 + "0013" + Addresses + "020004" + "612e6578", Convert.ToHexStringLower(Written(new ProxyFields { Authority = "a.ex" })));
        Assert.Equal(V4 + "0010" + Addresses + "050001" + "37", Convert.ToHexStringLower(Written(new ProxyFields { UniqueId = "7"u8 })));
    }

    [Fact]
    public void All_fields_stand_in_the_order_of_haproxy_with_the_checksum_over_everything()
    {
        var header = Written(new ProxyFields { Checksum = true, Alpn = "h2"u8, Authority = "a.ex", UniqueId = "7"u8 });
        Assert.Equal(
            V4 + "0023" + Addresses + "030004" + "00000000" + "010002" + "6832" + "020004" + "612e6578" + "050001" + "37",
            Convert.ToHexStringLower([.. header[..31], 0, 0, 0, 0, .. header[35..]]));
        Assert.Equal(
            ProxyFields.ChecksumOf([.. header[..31], 0, 0, 0, 0, .. header[35..]], -ProxyFields.ChecksumLength),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(31)));
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.ReadV2(header, out _));
    }

    [Fact]
    public void Passed_fields_stand_last_and_the_checksum_covers_them()
    {
        var header = Written(new ProxyFields { Checksum = true, UniqueId = "7"u8, Passed = [0xe1, 0, 2, 8, 9, 0xe1, 0, 0] });
        Assert.Equal("050001" + "37" + "e10002" + "0809" + "e10000", Convert.ToHexStringLower(header[35..]));
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.ReadV2(header, out var read));
        Assert.Equal(header.Length - 28, read.FieldsLength);
    }

    [Fact]
    public void Fields_are_selected_by_type_in_their_order()
    {
        byte[] fields = [0xe1, 0, 1, 5, 0x03, 0, 4, 1, 2, 3, 4, 0x20, 0, 0, 0xff, 0, 1, 6, 0xe1, 0, 1, 7];
        var types = default(TlvTypes).With(0xe1).With(0x20).With(0x7f).With(0x80);
        var selected = new byte[fields.Length];
        var length = ProxyFields.Select(fields, types, selected, out var found);
        Assert.Equal([0xe1, 0, 1, 5, 0x20, 0, 0, 0xe1, 0, 1, 7], selected[..length]);
        Assert.Equal(default(TlvTypes).With(0x20).With(0xe1), found);
        Assert.Equal((true, false, false), (found.Contains(0xe1), found.Contains(0x61), found.Contains(0xff)));
    }

    [Fact]
    public void The_checksum_is_that_of_rfc_3720()
    {
        Assert.Equal(0xe3069283u, ProxyFields.ChecksumOf("123456789"u8, -ProxyFields.ChecksumLength));
        Assert.Equal(0x8a9136aau, ProxyFields.ChecksumOf(new byte[32], -ProxyFields.ChecksumLength)); // appendix B.4
        // Whatever stands in its own place does not count.
        Assert.Equal(0x8a9136aau, ProxyFields.ChecksumOf([.. new byte[5], 1, 2, 3, 4, .. new byte[23]], 5));
    }

    [Fact]
    public void A_header_of_which_any_bit_is_wrong_fails_its_checksum()
    {
        var header = Written(new ProxyFields { Checksum = true, Authority = "a.ex" });
        for (var bit = 16 * 8; bit < header.Length * 8; bit++)
        {
            var wrong = header.ToArray();
            wrong[bit / 8] ^= (byte)(1 << (bit % 8));
            // A changed type makes it another field, which nobody checks.
            if (bit / 8 is 28)
                continue;
            Assert.True(ProxyHeaderStatus.Malformed == ProxyHeaderReader.ReadV2(wrong, out _), $"bit {bit}");
        }
    }

    [Theory]
    [InlineData("030003aabbcc")]
    [InlineData("030005aabbccddee")]
    [InlineData("030000")]
    public void A_checksum_of_another_length_is_malformed(string field) => Assert.Equal(
        ProxyHeaderStatus.Malformed,
        ProxyHeaderReader.ReadV2(Convert.FromHexString(V4 + (12 + field.Length / 2).ToString("x4") + Addresses + field), out _));

    [Fact]
    public void The_longest_fields_with_ipv6_addresses_are_as_long_as_there_is_room_for()
    {
        var id = new byte[ConnectionUniqueId.MaxLength];
        Assert.Equal(id.Length, ConnectionUniqueId.Write(id, long.MinValue));
        var header = Written(
            new ProxyFields { Checksum = true, Alpn = new byte[255], Authority = new string('a', 253), UniqueId = id },
            IPEndPoint.Parse("[2001:db8::1]:443"));
        Assert.Equal(609, header.Length);
        Assert.Equal(ProxyHeaderV2.MaxLength, header.Length);
        Assert.Equal(Link.MaxPreface, header.Length);
    }

    [Fact]
    public void Writing_them_allocates_nothing()
    {
        Span<byte> buffer = stackalloc byte[ProxyHeaderV2.MaxLength];
        Span<byte> id = stackalloc byte[ConnectionUniqueId.MaxLength];
        var before = 0L;
        for (var i = 0; i < 200; i++)
        {
            if (i == 100)
                before = GC.GetAllocatedBytesForCurrentThread();
            ProxyHeaderV2.Write(
                buffer, Source, Target,
                new ProxyFields { Checksum = true, Alpn = "h2"u8, Authority = "a.ex", UniqueId = id[..ConnectionUniqueId.Write(id, i)] });
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Ids_of_one_process_begin_alike_and_end_with_the_number_of_the_link()
    {
        var ids = new[] { 1, 0x2f, long.MaxValue }.Select(link =>
        {
            var buffer = new byte[ConnectionUniqueId.MaxLength];
            return Encoding.ASCII.GetString(buffer, 0, ConnectionUniqueId.Write(buffer, link));
        }).ToArray();
        Assert.Matches("^[0-9a-f]{16}-1$", ids[0]);
        Assert.Equal(ids[0][..^1] + "2f", ids[1]);
        Assert.Equal(ids[0][..^1] + "7fffffffffffffff", ids[2]);
    }
}
