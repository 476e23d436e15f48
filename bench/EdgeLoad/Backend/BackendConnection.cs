using System.Buffers.Binary;
using EdgeLoad.Sockets;

namespace EdgeLoad.Backend;

/// <summary>One connection at the backend: collects its head, then carries out its command.</summary>
internal sealed class BackendConnection(BackendServer server, bool withProxy) : Watched
{
    /// <summary>PROXY header, hello and command of this program's clients are far shorter.</summary>
    public const int MaxHead = 4096;

    private byte[]? _head;
    private int _received;
    private Operation _operation;
    private long _left;

    public override void Ready()
    {
        if (_operation == default && !ReadHead())
            return;
        switch (_operation)
        {
            case Operation.Answer:
                _ = Tcp.Send(Fd, "k"u8);
                server.Close(this);
                break;
            case Operation.Down:
                SendDown();
                break;
            case Operation.Up:
                TakeUp();
                break;
            case Operation.Echo:
                Echo();
                break;
            default:
                Refuse($"unknown command {(byte)_operation}");
                break;
        }
    }

    /// <returns>True when the command is known; what came after it, is taken off the count of bytes to come.</returns>
    private bool ReadHead()
    {
        _head ??= server.RentHead();
        while (true)
        {
            var got = Tcp.Receive(Fd, _head.AsSpan(_received));
            if (got == Tcp.WouldBlock)
                return false;
            if (got <= 0)
            {
                End();
                return false;
            }
            _received += got;
            switch (Parse(_head.AsSpan(0, _received), out var rest))
            {
                case null:
                    Refuse("a connection does not begin as it should");
                    return false;
                case true when _operation == Operation.Echo && rest > 0:
                    _ = Tcp.Send(Fd, _head.AsSpan(_received - rest, rest));
                    break;
                case true when _operation == Operation.Up:
                    _left -= rest;
                    break;
                case false when _received < MaxHead:
                    continue;
                case false:
                    Refuse("a connection has too long a head");
                    return false;
            }
            server.ReturnHead(_head);
            _head = null;
            return true;
        }
    }

    /// <returns>True: complete; false: not yet; null: never.</returns>
    private bool? Parse(ReadOnlySpan<byte> head, out int rest)
    {
        rest = 0;
        if (withProxy)
        {
            if (head.Length < Wire.ProxyFixedLength)
                return false;
            if (!head.StartsWith(Wire.ProxySignature) || head[12] != 0x21)
                return null;
            var length = Wire.ProxyFixedLength + BinaryPrimitives.ReadUInt16BigEndian(head[14..]);
            if (head.Length < length)
                return false;
            head = head[length..];
        }
        if (head.Length < Wire.RecordHeaderLength)
            return false;
        if (head[0] != Wire.Handshake)
            return null;
        var record = Wire.RecordHeaderLength + BinaryPrimitives.ReadUInt16BigEndian(head[3..]);
        if (head.Length < record + Wire.CommandLength)
            return false;
        _operation = (Operation)head[record];
        _left = BinaryPrimitives.ReadInt64BigEndian(head[(record + 1)..]);
        rest = head.Length - record - Wire.CommandLength;
        return true;
    }

    private void SendDown()
    {
        while (_left > 0)
        {
            var sent = Tcp.Send(Fd, server.Filling.AsSpan(0, (int)Math.Min(_left, Tcp.Chunk)));
            if (sent == Tcp.WouldBlock)
                return;
            if (sent < 0)
                break;
            _left -= sent;
        }
        server.Close(this);
    }

    private void TakeUp()
    {
        while (_left > 0)
        {
            var got = Tcp.Discard(Fd);
            if (got == Tcp.WouldBlock)
                return;
            if (got <= 0)
            {
                server.Close(this);
                return;
            }
            _left -= got;
        }
        _ = Tcp.Send(Fd, "k"u8);
        server.Close(this);
    }

    private void Echo()
    {
        while (true)
        {
            var got = Tcp.Receive(Fd, server.Scratch);
            if (got == Tcp.WouldBlock)
                return;
            // What is echoed is small: a peer that does not take it at once is none of this program's.
            if (got <= 0 || Tcp.Send(Fd, server.Scratch.AsSpan(0, got)) != got)
            {
                server.Close(this);
                return;
            }
        }
    }

    private void Refuse(string why)
    {
        server.Complain(why);
        End();
    }

    private void End()
    {
        if (_head is not null)
            server.ReturnHead(_head);
        _head = null;
        server.Close(this);
    }
}
