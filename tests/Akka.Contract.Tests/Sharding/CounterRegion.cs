using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Contract.Tests.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.Contract.Tests.Sharding;

/// <summary>A running host with one region of counters.</summary>
internal sealed class CounterRegion : IAsyncDisposable
{
    public const string TypeName = "counters";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly IHost _host;

    private CounterRegion(IHost host) => _host = host;

    public required Journal Journal { get; init; }

    public ActorSystem System => _host.Services.GetRequiredService<ActorSystem>();

    public IActorRef Region => _host.Services.GetRequiredService<IRequiredActor<CounterActor>>().ActorRef;

    public static async Task<CounterRegion> StartAsync(ShardOptions? options = null, string config = "")
    {
        var journal = new Journal();
        var host = await ShardingHost.StartAsync(akka => akka
            .AddHocon(config, HoconAddMode.Prepend)
            .WithShardRegion<CounterActor>(
                TypeName,
                id => CounterActor.Props(id, journal),
                Counter.Extractor,
                options ?? new ShardOptions()));
        return new CounterRegion(host) { Journal = journal };
    }

    public Task<Counter.Counted> Count(string entityId) => Region.Ask<Counter.Counted>(new Counter.Count(entityId), Deadline);

    /// <summary>Counts until an incarnation with another path uid answers; what hits the end of the old one is lost, as it is in production.</summary>
    public async Task<Counter.Counted> CountInIncarnationAfter(IActorRef previous)
    {
        var end = DateTime.UtcNow + Deadline;
        while (DateTime.UtcNow < end)
        {
            try
            {
                var counted = await Region.Ask<Counter.Counted>(new Counter.Count(previous.Path.Name), TimeSpan.FromMilliseconds(200));
                if (counted.Entity.Path.Uid != previous.Path.Uid)
                    return counted;
            }
            catch (AskTimeoutException)
            {
                // It was on its way to the old incarnation when that one ended.
            }
        }

        throw new TimeoutException($"no incarnation after {previous}");
    }

    public Task<T> Query<T>(object query) => Region.Ask<T>(query, Deadline);

    /// <summary>Done when the region has ended.</summary>
    public Task RegionEnd()
    {
        var end = new TaskCompletionSource();
        var region = Region;
        System.ActorOf(Props.Create(() => new Watcher(region, end)));
        return end.Task.WaitAsync(Deadline);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private sealed class Watcher : UntypedActor
    {
        private readonly TaskCompletionSource _end;

        public Watcher(IActorRef subject, TaskCompletionSource end)
        {
            _end = end;
            Context.Watch(subject);
        }

        protected override void OnReceive(object message)
        {
            if (message is Terminated)
                _end.SetResult();
        }
    }
}
