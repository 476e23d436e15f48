using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace EdgeHost.Redirect;

/// <summary>One client of the redirect: requests in, answers out, until either side has had enough. Its memory and its time are bounded.</summary>
internal sealed class RedirectConnection(ConnectionContext connection, TimeSpan timeout, AcmeProxy? acme, CancellationToken stopping)
{
    /// <summary>Requests of one connection; the last one's answer says that it closes.</summary>
    private const int MaxRequests = 100;

    /// <summary>Read and thrown away behind an answer that does not wait for the rest of a request: closing a socket with unread bytes sends a
    /// reset, which could overtake the answer.</summary>
    private const int MaxLinger = 64 * 1024;

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly PipeReader _input = connection.Transport.Input;
    private readonly PipeWriter _output = connection.Transport.Output;
    private AcmeRequest? _challenge;

    private enum Step
    {
        ReadMore,
        Next,
        Close,
        CloseLingering,
        PassOn,
    }

    public async Task Run()
    {
        for (var request = 1; request <= MaxRequests; request++)
        {
            switch (await AnswerOne(request))
            {
                case Step.PassOn:
                    await acme!.Answer(_challenge!, _output);
                    await Flush();
                    return;
                case Step.Close:
                    return;
                case Step.CloseLingering:
                    await ReadTheRest();
                    return;
            }
        }
    }

    private async Task<Step> AnswerOne(int request)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(timeout);
        var any = false;
        try
        {
            while (true)
            {
                var read = await _input.ReadAsync(deadline.Token);
                any |= !read.Buffer.IsEmpty;
                var step = Answer(read.Buffer, request == MaxRequests, out var consumed);
                _input.AdvanceTo(consumed, step == Step.ReadMore ? read.Buffer.End : consumed);
                if (step == Step.ReadMore && !read.IsCompleted)
                    continue;
                // The end of what the client says in the middle of a request.
                if (step == Step.ReadMore && any)
                    _output.Write(HttpResponses.BadRequest);
                await _output.FlushAsync(deadline.Token);
                return step == Step.ReadMore ? Step.Close : step;
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            // One that has had an answer and asks for nothing more is closed without a word.
            if (!stopping.IsCancellationRequested && (any || request == 1))
            {
                _output.Write(HttpResponses.RequestTimeout);
                await Flush();
            }
            return Step.Close;
        }
    }

    private Step Answer(in ReadOnlySequence<byte> buffer, bool last, out SequencePosition consumed)
    {
        consumed = buffer.Start;
        byte[]? rented = null;
        var received = buffer.FirstSpan;
        if (!buffer.IsSingleSegment)
        {
            var length = (int)Math.Min(buffer.Length, HttpHeadReader.MaxLength + 1);
            rented = ArrayPool<byte>.Shared.Rent(length);
            buffer.Slice(0, length).CopyTo(rented);
            received = rented.AsSpan(0, length);
        }
        var step = Answer(received, last, out var used);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        if (step != Step.ReadMore)
            consumed = buffer.GetPosition(used);
        return step;
    }

    private Step Answer(ReadOnlySpan<byte> received, bool last, out int used)
    {
        used = 0;
        switch (HttpHeadReader.Read(received, out var head))
        {
            case HttpHeadStatus.Incomplete:
                return Step.ReadMore;
            case HttpHeadStatus.Malformed:
                _output.Write(HttpResponses.BadRequest);
                return Step.CloseLingering;
        }
        used = head.Length;
        if (acme is not null && AcmeProxy.Match(head) is { } challenge)
        {
            _challenge = challenge;
            return Step.PassOn;
        }
        var close = last || !head.KeepAlive || stopping.IsCancellationRequested;
        HttpResponses.WriteRedirect(_output, head, close);
        return head.HasBody ? Step.CloseLingering : close ? Step.Close : Step.Next;
    }

    private async Task ReadTheRest()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(Linger);
        try
        {
            for (var left = (long)MaxLinger; left > 0;)
            {
                var read = await _input.ReadAsync(deadline.Token);
                left -= read.Buffer.Length;
                _input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // It has had its time.
        }
    }

    private async Task Flush()
    {
        using var deadline = new CancellationTokenSource(timeout);
        await _output.FlushAsync(deadline.Token);
    }
}
