using EdgeActors.Protocol;
using EdgeActors.Settings;
using static EdgeActors.Protocol.ClientHelloReader;

namespace EdgeActors.Tests.Protocol;

/// <summary>What fits, and what is one too many.</summary>
public class HelloLimitSpecs
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(DefaultMaxHello)]
    public void A_hello_at_the_limit_is_read_and_one_byte_more_is_too_large(int limit)
    {
        Assert.Equal(HelloStatus.Complete, Read(HelloBytes.InRecordsOf(1 << 14, HelloBytes.MessageOfSize(limit)), limit, out var hello));
        Assert.Equal("demo.fiscalismia.com", hello!.ServerName);
        Assert.Equal(HelloStatus.TooLarge, Read(HelloBytes.InRecordsOf(1 << 14, HelloBytes.MessageOfSize(limit + 1)), limit, out hello));
        Assert.Null(hello);
    }

    [Fact]
    public void Too_large_is_said_as_soon_as_the_length_is_announced()
    {
        var wire = HelloBytes.InRecordsOf(1 << 14, HelloBytes.MessageOfSize(DefaultMaxHello + 1));
        Assert.Equal(HelloStatus.Incomplete, Read(wire.AsSpan(0, 8), DefaultMaxHello, out _));
        Assert.Equal(HelloStatus.TooLarge, Read(wire.AsSpan(0, 9), DefaultMaxHello, out _));
    }

    [Fact]
    public void The_largest_record_is_accepted_and_a_larger_one_is_malformed()
    {
        Assert.Equal(HelloStatus.Incomplete, Read([0x16, 3, 1, 0x40, 0x00], DefaultMaxHello, out _));
        Assert.Equal(HelloStatus.Malformed, Read([0x16, 3, 1, 0x40, 0x01], DefaultMaxHello, out _));
    }

    [Fact]
    public void An_empty_record_is_malformed_wherever_it_stands()
    {
        var message = HelloBytes.MessageOfSize(300);
        Assert.Equal(HelloStatus.Malformed, Read(HelloBytes.Record([]), DefaultMaxHello, out _));
        byte[] inTheMiddle = [
            .. HelloBytes.Record(message.AsSpan(0, 10)), .. HelloBytes.Record([]), .. HelloBytes.Record(message.AsSpan(10))
        ];
        Assert.Equal(HelloStatus.Malformed, Read(inTheMiddle, DefaultMaxHello, out _));
    }

    [Theory]
    [InlineData(0, 0x17)] // application data between the pieces (RFC 8446 §5.1 forbids it)
    [InlineData(1, 2)] // another major version
    public void A_foreign_record_between_the_pieces_is_malformed(int offset, byte value)
    {
        var message = HelloBytes.MessageOfSize(300);
        var second = HelloBytes.Record(message.AsSpan(10));
        second[offset] = value;
        Assert.Equal(HelloStatus.Malformed, Read([.. HelloBytes.Record(message.AsSpan(0, 10)), .. second], DefaultMaxHello, out _));
    }

    [Fact]
    public void The_largest_number_of_records_is_read_and_one_more_is_too_large()
    {
        var most = HelloBytes.InRecordsOf(1, HelloBytes.MessageOfSize(TlsRecordDeframer.MaxRecords));
        Assert.Equal(HelloStatus.Complete, Read(most, DefaultMaxHello, out _));

        var more = HelloBytes.InRecordsOf(1, HelloBytes.MessageOfSize(TlsRecordDeframer.MaxRecords + 1));
        Assert.Equal(HelloStatus.TooLarge, Read(more, DefaultMaxHello, out _));
    }

    [Fact]
    public void A_large_hello_in_the_largest_number_of_records_fits_the_raw_size()
    {
        var wire = HelloBytes.InRecordsOf(DefaultMaxHello / TlsRecordDeframer.MaxRecords, HelloBytes.MessageOfSize(DefaultMaxHello));
        Assert.Equal(MaxRawSize(DefaultMaxHello), wire.Length);
        Assert.Equal(HelloStatus.Incomplete, Read(wire.AsSpan(0, wire.Length - 1), DefaultMaxHello, out _));
        Assert.Equal(HelloStatus.Complete, Read(wire, DefaultMaxHello, out _));
    }

    [Fact]
    public void The_largest_number_of_extensions_is_read_and_one_more_is_too_large()
    {
        byte[][] Extensions(int count) => [.. Enumerable.Range(1000, count).Select(type => HelloBytes.Extension((ushort)type, []))];

        Assert.Equal(HelloStatus.Complete, Read(HelloBytes.With(Extensions(MaxExtensions)), DefaultMaxHello, out _));
        Assert.Equal(HelloStatus.TooLarge, Read(HelloBytes.With(Extensions(MaxExtensions + 1)), DefaultMaxHello, out _));
    }
}
