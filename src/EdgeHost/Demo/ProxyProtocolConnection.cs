using System.Buffers;
using System.IO.Pipelines;
using EdgeActors.Protocol;
using Microsoft.AspNetCore.Connections;

namespace EdgeHost.Demo;

/// <summary>
/// Takes the PROXY v2 header off a connection before TLS begins, and believes it. A connection without one, or with a malformed one, is
/// aborted; a LOCAL one (a health check) keeps its own address.
/// </summary>
internal static class ProxyProtocolConnection
{
    public static ConnectionDelegate Middleware(ConnectionDelegate next) => async connection =>
    {
        if (await Read(connection.Transport.Input, connection.ConnectionClosed) is not { } header)
        {
            connection.Abort();
            return;
        }
        if (header.Source is { } source)
            connection.RemoteEndPoint = source;
        await next(connection);
    };

    private static async ValueTask<ProxyHeader?> Read(PipeReader input, CancellationToken closed)
    {
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(closed);
                var status = Parse(read.Buffer, out var header);
                if (status == ProxyHeaderStatus.Complete)
                {
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return header;
                }
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (status == ProxyHeaderStatus.Malformed || read.IsCompleted)
                    return null;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private static ProxyHeaderStatus Parse(in ReadOnlySequence<byte> buffer, out ProxyHeader header) =>
        buffer.IsSingleSegment
            ? ProxyHeaderV2Reader.Read(buffer.FirstSpan, out header)
            : ProxyHeaderV2Reader.Read(buffer.ToArray(), out header);
}
