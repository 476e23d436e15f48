using EdgeActors.Answers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeHost.Admin;

/// <summary>Limits connections and requests of one operators' address. At the limit, the connection that has had no request for longest
/// gives way to a new one, so that silent connections do not keep others out.</summary>
/// <param name="max">Requests at once, except those for <see cref="Reserved"/> more.</param>
internal sealed class OperatorConnections(int max)
{
    /// <summary>Connections beyond <paramref name="max"/>, for health checks and metrics.</summary>
    public const int Reserved = 16;

    /// <summary>From accept to the first byte.</summary>
    private static readonly TimeSpan FirstByteTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();

    /// <summary>Connections without a request, the one that has had none for longest first.</summary>
    private readonly LinkedList<ConnectionContext> _idle = [];

    /// <summary>Connections with a request, and those of them that are not for health or metrics.</summary>
    private int _busy, _ordinary;

    /// <summary>Connection middleware.</summary>
    public ConnectionDelegate Limit(ConnectionDelegate next) => async connection =>
    {
        var place = new Place(connection);
        if (!TryEnter(place))
        {
            connection.Abort();
            return;
        }
        try
        {
            connection.Features.Set(place);
            if (await HasSent(connection))
                await next(connection);
        }
        finally
        {
            lock (_lock)
                Leave(place);
        }
    };

    /// <summary>Request middleware: counts the request, and answers 503 if there are too many.</summary>
    public RequestDelegate Limit(RequestDelegate answer) => async context =>
    {
        var place = context.Features.GetRequiredFeature<Place>();
        var ordinary = context.Request.Path.Value is not ("/health" or "/ready" or "/metrics");
        if (!TryBegin(place, ordinary))
        {
            context.Response.Headers.Connection = "close";
            var why = new ErrorAnswer(ErrorKind.Failed, $"{max} requests are answered at once, watch included; try again later");
            await OperatorApi.Refuse(context, why, StatusCodes.Status503ServiceUnavailable);
            return;
        }
        try
        {
            await answer(context);
        }
        finally
        {
            End(place, ordinary);
        }
    };

    private bool TryEnter(Place place)
    {
        lock (_lock)
        {
            if (_idle.Count + _busy >= max + Reserved)
            {
                if (_idle.First is not { } oldest)
                    return false;
                _idle.Remove(oldest);
                oldest.Value.Abort();
            }
            _idle.AddLast(place.Node);
            return true;
        }
    }

    private void Leave(Place place)
    {
        if (place.Node.List is not null)
            _idle.Remove(place.Node);
    }

    private bool TryBegin(Place place, bool ordinary)
    {
        lock (_lock)
        {
            if (ordinary && _ordinary >= max)
                return false;
            Leave(place);
            _busy++;
            _ordinary += ordinary ? 1 : 0;
            return true;
        }
    }

    private void End(Place place, bool ordinary)
    {
        lock (_lock)
        {
            _busy--;
            _ordinary -= ordinary ? 1 : 0;
            _idle.AddLast(place.Node);
        }
    }

    private static async Task<bool> HasSent(ConnectionContext connection)
    {
        using var late = new CancellationTokenSource(FirstByteTimeout);
        try
        {
            var read = await connection.Transport.Input.ReadAsync(late.Token);
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return !read.Buffer.IsEmpty;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    private sealed class Place(ConnectionContext connection)
    {
        public LinkedListNode<ConnectionContext> Node { get; } = new(connection);
    }
}
