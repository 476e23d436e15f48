using System.Net.Sockets;

namespace EdgeActors.Listening;

/// <summary>Accepts for doors that are no listeners: those of operators, of other processes, of other nodes. All of it runs on the thread pool.</summary>
public static class AcceptLoop
{
    /// <summary>Ends with <paramref name="ending"/>, and never fails.</summary>
    /// <param name="socket">It listens; who disposes of it cancels first.</param>
    /// <param name="welcome">Given each client, one after the other; it does not wait for any.</param>
    /// <param name="warn">Told why nobody can be accepted for a while.</param>
    public static Task Run(Socket socket, Action<Socket> welcome, Action<string> warn, CancellationToken ending) => Task.Run(async () =>
    {
        var backOff = new BackOff();
        while (!ending.IsCancellationRequested)
        {
            try
            {
                welcome(await socket.AcceptAsync(ending).ConfigureAwait(false));
            }
            catch (Exception e) when (ending.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // EMFILE, ENOBUFS ...: others need time to give something back.
                var delay = backOff.Next(TimeProvider.System);
                warn($"accept failed ({e.SocketErrorCode}), trying again in {delay.TotalMilliseconds:F0} ms");
                await Task.Delay(delay, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }, CancellationToken.None);
}
