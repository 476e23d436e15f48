using System.Text.Json;
using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>Connections and silent drops of one message. A file in memory has them as JSON, and behind it their bytes in transit in the
/// same order, up before down. The descriptors are attached: the file, then those of each connection, then of each drop.</summary>
internal sealed record HandoverBatch(IReadOnlyList<ConnectionHandover> Connections, IReadOnlyList<DropHandover> Drops)
{
    /// <summary>Connections of a batch, which rest together. More would have room: each has up to six descriptors.</summary>
    public const int MaxConnections = 16;

    public const int MaxDrops = 200;

    /// <summary>Larger than any batch: each direction holds one buffer at most.</summary>
    private const long MaxBytes = 512L * 1024 * 1024;

    /// <summary>Has the code of <see cref="Write"/> and <see cref="Read"/> compiled: connections rest while the first batch is on its
    /// way.</summary>
    public static void WarmUp()
    {
        var direction = new DirectionHandover { HeldLength = 1, Held = new byte[1], HasPipe = true };
        var link = new LinkHandover
        {
            Id = 1, Client = "[::1]:1", Local = "[::1]:2", AcceptedAt = 1, JoinedAt = 1, LastUp = 1, LastDown = 1, FrozenAt = 1,
            Timeouts = new RelayTimeouts(TimeSpan.FromSeconds(1)), Up = direction, Down = direction,
        };
        var connection = new ConnectionHandover { Link = link, Listener = "", Generation = 1, Backend = "", Server = "" };
        using var file = new HandoverBatch([connection], [new DropHandover(0, 0, HasFin: false)]).Write(out var length);
        var fds = new int[link.DescriptorCount + 2];
        fds[0] = (int)file.DangerousGetHandle();
        _ = Read(length, fds);
    }

    /// <summary>One connection without bytes in transit and descriptors, in the same format.</summary>
    public static byte[] WriteConnection(ConnectionHandover connection) =>
        JsonSerializer.SerializeToUtf8Bytes(connection, UpgradeJson.Default.ConnectionHandover);

    /// <returns>Null: another version has written it.</returns>
    public static ConnectionHandover? ReadConnection(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, UpgradeJson.Default.ConnectionHandover);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public int[] DescriptorsBehind(SafeFileHandle file) =>
    [
        (int)file.DangerousGetHandle(),
        .. Connections.SelectMany(static connection => connection.Link.Descriptors),
        .. Drops.Select(static drop => drop.Fd),
    ];

    /// <param name="length">Bytes of JSON.</param>
    public SafeFileHandle Write(out int length)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, UpgradeJson.Default.HandoverBatch);
        length = json.Length;
        var file = SharedSockets.MemoryFile();
        try
        {
            RandomAccess.Write(file, json, 0);
            long offset = length;
            foreach (var held in Connections.SelectMany(static connection => new[] { connection.Link.Up.Held, connection.Link.Down.Held }))
            {
                RandomAccess.Write(file, held.Span, offset);
                offset += held.Length;
            }
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <param name="fds">As received; the caller closes them if this throws.</param>
    /// <exception cref="UpgradeException">The message is none of a batch.</exception>
    public static HandoverBatch Read(int length, ReadOnlySpan<int> fds)
    {
        var bytes = fds.IsEmpty ? throw new UpgradeException("it sent a batch without a file") : Contents(fds[0]);
        if (length <= 0 || length > bytes.Length)
            throw new UpgradeException("it sent a batch without its text");
        HandoverBatch batch;
        try
        {
            batch = JsonSerializer.Deserialize(bytes.AsSpan(0, length), UpgradeJson.Default.HandoverBatch)
                ?? throw new UpgradeException("it sent no batch");
        }
        catch (JsonException e)
        {
            throw new UpgradeException($"it sent a batch that cannot be read: {e.Message}", e);
        }
        ReadOnlyMemory<byte> held = bytes.AsMemory(length);
        var rest = fds[1..];
        var connections = new List<ConnectionHandover>();
        foreach (var connection in batch.Connections)
        {
            var link = connection.Link;
            if (rest.Length < link.DescriptorCount)
                throw new UpgradeException("it sent too few descriptors, or this process may open no more of them");
            link = link.With(rest);
            rest = rest[link.DescriptorCount..];
            link = link with { Up = Fill(link.Up, ref held), Down = Fill(link.Down, ref held) };
            connections.Add(connection with { Link = link });
        }
        if (rest.Length != batch.Drops.Count)
            throw new UpgradeException("it sent another number of descriptors than of sockets");
        var drops = new List<DropHandover>();
        for (var i = 0; i < rest.Length; i++)
            drops.Add(batch.Drops[i] with { Fd = rest[i] });
        return new HandoverBatch(connections, drops);
    }

    private static DirectionHandover Fill(DirectionHandover direction, ref ReadOnlyMemory<byte> held)
    {
        if (direction.HeldLength < 0 || direction.HeldLength > held.Length)
            throw new UpgradeException("it sent fewer bytes than it holds");
        var own = held[..direction.HeldLength];
        held = held[direction.HeldLength..];
        return direction with { Held = own };
    }

    private static byte[] Contents(int fd)
    {
        using var file = new SafeFileHandle(fd, ownsHandle: false);
        try
        {
            var size = RandomAccess.GetLength(file);
            if (size > MaxBytes)
                throw new UpgradeException("it sent a batch that is too large");
            var bytes = new byte[size];
            var read = 0;
            while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), read) is var got and > 0)
                read += got;
            return bytes[..read];
        }
        catch (Exception e) when (e is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            throw new UpgradeException($"it sent a file that cannot be read: {e.Message}", e);
        }
    }
}
