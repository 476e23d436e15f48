using System.Net.Sockets;
using EdgeActors.Answers;
using EdgeActors.Connection;
using EdgeActors.Operator;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Operator;

/// <summary>Verbs about live connections, given to a node that runs.</summary>
public sealed class ConnectionVerbSpecs : OperatedTestKit
{
    [Fact]
    public async Task Connections_are_listed_by_filter_order_and_number()
    {
        var first = await _edge.Connect();
        await _edge.Connect(OperatedNode.Other);
        await _edge.Connect(listener: 1);
        await first.SendAsync(new byte[100]);
        await Transport.LinkHarness.ReadExactly(first, 100);

        var all = await _edge.Table("connections");
        Assert.Equal(3, all.Rows.Count);
        Assert.Equal(all.All("id").Order(), all.All("id"));
        Assert.Equal(first.LocalEndPoint!.ToString(), all.Cell(0, "client"));
        Assert.Equal(["joined", "joined", "joined"], all.All("state"));
        Assert.Equal([OperatedNode.Name, OperatedNode.Other, OperatedNode.Name], all.All("sni"));
        Assert.Equal([1L, 1L, 1L], all.All("generation"));

        Assert.Equal(["other"], (await _edge.Table("connections --backend other")).All("backend"));
        Assert.Equal(["https", "https"], (await _edge.Table("connections --listener https")).All("listener"));
        Assert.Equal(OperatedNode.Other, (await _edge.Table($"connections --sni {OperatedNode.Other}")).Cell(0, "sni"));
        Assert.Equal(3, (await _edge.Table("connections --sni *.example.org --ip 127.0.0.0/8 --generation 1 --state joined")).Rows.Count);
        Assert.Empty((await _edge.Table("connections --age-over 1h")).Rows);
        var top = await _edge.Table("connections --sort bytes --top 1");
        Assert.Equal(all.Cell(0, "id"), Assert.Single(top.All("id")));
        Assert.Equal(3, top.Total);
        Assert.Equal(3L, (await _edge.Facts("connections --count")).Of("count"));
        var (s1, s2) = (await _edge.Facts("connections --count --server web/s1"), await _edge.Facts("connections --count --server web/s2"));
        Assert.Equal(2L, (long)s1.Of("count")! + (long)s2.Of("count")!);
        Assert.Equal("there is no backend 'wbe'; did you mean 'web'?", await _edge.Error("connections --backend wbe"));
        Assert.Equal("there is no listener 'htps'; did you mean 'https'?", await _edge.Error("connections --listener htps"));
        Assert.Equal("there is no server 'o11'; did you mean 'o1'?", await _edge.Error("connections --server other/o11"));
    }

    [Fact]
    public async Task A_connection_tells_all_that_is_known_of_it()
    {
        var client = await _edge.Connect();
        var id = (await _edge.Table("connections")).Cell(0, "id");
        var one = await _edge.Facts($"connection {id}");
        Assert.Equal(client.LocalEndPoint!.ToString(), one.Of("client"));
        Assert.Equal(client.RemoteEndPoint!.ToString(), one.Of("local"));
        Assert.Equal("joined", one.Of("state"));
        Assert.Equal(OperatedNode.Name, one.Of("sni"));
        Assert.Equal("web", one.Of("backend"));
        Assert.Equal(false, one.Of("client-fin"));
        Assert.Null(one.Of("reason"));
        Assert.IsType<TimeSpan>(one.Of("peeked-after"));
        Assert.IsType<TimeSpan>(one.Of("joined-after"));
        Assert.StartsWith("/user/edge/connections/$", (string)one.Of("actor")!, StringComparison.Ordinal);
        Assert.Equal("there is no connection 999999999; it may have ended", await _edge.Error("connection 999999999"));
    }

    [Fact]
    public async Task A_kill_ends_those_that_fit_by_a_reset_and_no_other()
    {
        var kept = await _edge.Connect();
        var killed = await _edge.Connect(OperatedNode.Other);
        Assert.Equal(1L, (await _edge.Facts("kill --backend other --dry-run")).Of("matched"));
        Assert.Equal(2, _edge.Node.State.Live.Count);

        var done = await _edge.Facts("kill --backend other");
        Assert.Equal((1L, 1L, 0L), (done.Of("matched"), done.Of("closed"), done.Of("left")));
        var heard = await Assert.ThrowsAsync<SocketException>(() => Transport.LinkHarness.ReadOnce(killed));
        Assert.Equal(SocketError.ConnectionReset, heard.SocketErrorCode);
        Assert.Equal(1, _edge.Node.State.Meters.ClosedTotal(CloseReason.Killed));
        Assert.Equal("KD", CloseReason.Killed.Facts().State);
        await kept.SendAsync(new byte[] { 1 });
        Assert.Equal([1], await Transport.LinkHarness.ReadExactly(kept, 1));
        Assert.Equal("there is no backend 'othr'; did you mean 'other'?", await _edge.Error("kill --backend othr"));
    }

    [Fact]
    public async Task A_kill_over_some_time_ends_them_one_by_one_the_oldest_first()
    {
        var clients = new List<Socket>();
        for (var i = 0; i < 10; i++)
            clients.Add(await _edge.Connect());
        // Long enough to look at it half-way on a busy machine.
        var answers = _edge.Run("kill --generation 1 --over 6s");
        await Assert.ThrowsAsync<SocketException>(() => Transport.LinkHarness.ReadOnce(clients[0]));
        await Eventually.True(() => _edge.Node.State.Live.Count < 10, "the first one has gone");
        Assert.InRange(_edge.Node.State.Live.Count, 1, 9);
        var left = await _edge.Table("connections");
        Assert.Equal(clients[^1].LocalEndPoint!.ToString(), left.Cell(left.Rows.Count - 1, "client"));
        var all = await answers;
        Assert.Contains(all, static answer => answer is EventAnswer { Kind: "KILL" });
        var done = Assert.IsType<FactsAnswer>(all[^1]);
        Assert.Equal((10L, 10L, 0L), (done.Of("matched"), done.Of("closed"), done.Of("left")));
    }

    [Fact]
    public async Task A_kill_over_some_time_ends_with_whoever_ordered_it()
    {
        for (var i = 0; i < 5; i++)
            await _edge.Connect();
        using var enough = new CancellationTokenSource();
        var answers = new List<Answer>();
        await foreach (var answer in _edge.Node.Operator.Run(["kill", "--all", "--over", "1h"], Access.Full, enough.Token))
        {
            answers.Add(answer);
            await enough.CancelAsync();
        }
        var done = Assert.IsType<FactsAnswer>(answers[^1]);
        Assert.Equal((5L, 1L, 4L), (done.Of("matched"), done.Of("closed"), done.Of("left")));
    }

    [Fact]
    public async Task Watch_tells_the_steps_of_those_that_fit_as_they_happen()
    {
        using var enough = new CancellationTokenSource(Eventually.Deadline);
        var seen = new List<EventAnswer>();
        var watching = Task.Run(async () =>
        {
            await foreach (var answer in _edge.Node.Operator.Run(["watch", "--ip", "127.0.0.1"], Access.ReadOnly, enough.Token))
            {
                lock (seen)
                    seen.Add(Assert.IsType<EventAnswer>(answer));
            }
        });
        // The first one may come before the watcher does; from some moment on it sees them all.
        await Eventually.True(() =>
        {
            using var probe = _edge.Connect().GetAwaiter().GetResult();
            return Count("ACCEPT") > 0;
        }, "it watches");
        var client = await _edge.Connect();
        await _edge.Run("kill --all");
        await Eventually.True(() => Of(client).Contains("CLOSE"), "CLOSE");
        Assert.Equal(["ACCEPT", "REQUEST", "CONNECT", "CLOSE"], Of(client));
        lock (seen)
        {
            var close = seen.Last(happened => happened.Kind == "CLOSE");
            Assert.Contains(close.Facts, static fact => fact is { Name: "reason", Value: "KILLED" });
        }
        await enough.CancelAsync();
        await Eventually.Within(watching);

        int Count(string kind)
        {
            lock (seen)
                return seen.Count(happened => happened.Kind == kind);
        }

        string[] Of(Socket one)
        {
            lock (seen)
                return [.. seen.Where(happened => happened.Facts.Any(fact => fact.Name == "client" && (string?)fact.Value == one.LocalEndPoint!.ToString())).Select(static happened => happened.Kind)];
        }
    }

    [Fact]
    public async Task A_watcher_that_is_slow_is_told_how_many_events_it_has_lost()
    {
        const int Events = ConnectionWatch.Capacity + 1000;
        var record = new LiveConnection(new FakeLink(), new FrontendTraffic("https"), Akka.Actor.ActorRefs.Nobody);
        using var enough = new CancellationTokenSource(Eventually.Deadline);
        await using var answers = _edge.Node.Operator.Run(["watch", "--ip", "192.0.2.1"], Access.ReadOnly, enough.Token)
            .GetAsyncEnumerator();
        var first = answers.MoveNextAsync();
        await Eventually.True(() =>
        {
            // Until it watches, none is its own.
            _edge.Node.State.Log.Connection(LogKind.Accept, record);
            return first.IsCompleted;
        }, "it watches");
        Assert.True(await first);
        for (var i = 0; i < Events; i++)
            _edge.Node.State.Log.Connection(LogKind.Accept, record);
        // Behind all of them in the feed.
        var delivered = new TaskCompletionSource();
        using var last = _edge.Node.State.Log.Subscribe(entry =>
        {
            if (entry.Text == "last")
                delivered.TrySetResult();
        });
        _edge.Node.State.Log.Info("last");
        await Eventually.Within(delivered.Task);

        var (seen, lost) = (0L, 0L);
        while (lost == 0)
        {
            Assert.True(await answers.MoveNextAsync());
            var happened = Assert.IsType<EventAnswer>(answers.Current);
            if (happened.Kind == "LOST")
                lost = Assert.IsType<long>(Assert.Single(happened.Facts).Value);
            else
                seen++;
        }
        // The queue is told to have lost as soon as one is read; what it still holds is all that is left.
        for (; seen < ConnectionWatch.Capacity; seen++)
            Assert.Equal("ACCEPT", Assert.IsType<EventAnswer>(await Next()).Kind);
        Assert.InRange(seen + lost, Events, Events + 100);

        async Task<Answer> Next()
        {
            Assert.True(await answers.MoveNextAsync());
            return answers.Current;
        }
    }
}
