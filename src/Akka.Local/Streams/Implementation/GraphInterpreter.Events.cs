using System.Diagnostics;

namespace Akka.Streams.Implementation;

/// <summary>What stages do to their connections, and the queue of events that this leads to.</summary>
internal sealed partial class GraphInterpreter
{
    public void Pushed(Connection connection)
    {
        if (_chasesLeft > 0 && _chasedPush is null)
        {
            _chasesLeft--;
            _chasedPush = connection;
        }
        else
        {
            Enqueue(connection);
        }
    }

    public void Pulled(Connection connection)
    {
        if (_chasesLeft > 0 && _chasedPull is null)
        {
            _chasesLeft--;
            _chasedPull = connection;
        }
        else
        {
            Enqueue(connection);
        }
    }

    public void Complete(Connection connection) => CloseOutlet(connection, null);

    public void Fail(Connection connection, Exception reason) => CloseOutlet(connection, reason);

    public void Cancel(Connection connection, Exception cause)
    {
        var wasOpen = !connection.InClosed;
        connection.InClosed = true;
        if (!connection.OutClosed)
        {
            // What was completed before can still be grabbed, what was cancelled cannot.
            connection.DropElement();
            connection.Cause = cause;
            if (wasOpen)
                QueueClosing(connection);
        }
        if (wasOpen)
            connection.Downstream.OpenPorts--;
    }

    private void CloseOutlet(Connection connection, Exception? failure)
    {
        if (connection.OutClosed) return;
        connection.OutClosed = true;
        connection.Upstream.OpenPorts--;
        if (connection.InClosed) return;
        connection.Failed = failure is not null;
        connection.Cause = failure;
        QueueClosing(connection);
    }

    /// <summary>An event under way finds out by itself that its connection has closed, unless it is on the fast lane.</summary>
    private void QueueClosing(Connection connection)
    {
        if (ReferenceEquals(_chasedPush, connection))
        {
            _chasedPush = null;
            Enqueue(connection);
        }
        else if (ReferenceEquals(_chasedPull, connection))
        {
            _chasedPull = null;
            Enqueue(connection);
        }
        else if (!connection.HasEventPending)
        {
            Enqueue(connection);
        }
    }

    private void QueueChased()
    {
        if (_chasedPush is { } push)
        {
            _chasedPush = null;
            Enqueue(push);
        }
        if (_chasedPull is { } pull)
        {
            _chasedPull = null;
            Enqueue(pull);
        }
    }

    private void Enqueue(Connection connection)
    {
        Debug.Assert(_tail - _head <= _mask, "A connection has at most one event.");
        _events[_tail++ & _mask] = connection;
    }

    private Connection Dequeue()
    {
        ref var slot = ref _events[_head++ & _mask];
        var connection = slot!;
        slot = null;
        return connection;
    }
}
