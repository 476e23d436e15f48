using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.Contract.Tests.Hosting;

public sealed class ActorRegistrySpecs : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private static readonly Type KeyType = typeof(Key);

    private readonly ActorRegistry _registry = new();
    private IHost _host = null!;
    private IActorRef _first = null!;
    private IActorRef _second = null!;

    public async Task InitializeAsync()
    {
        _host = await AkkaHost.StartAsync(_ => { });
        var system = _host.Services.GetRequiredService<ActorSystem>();
        _first = system.ActorOf(Props.Create<EchoActor>());
        _second = system.ActorOf(Props.Create<EchoActor>());
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public void A_key_is_registered_once()
    {
        _registry.Register<Key>(_first);

        Assert.Throws<DuplicateActorRegistryException>(() => _registry.Register<Key>(_second));
        Assert.False(_registry.TryRegister<Key>(_second));
        Assert.False(_registry.TryRegister(KeyType, _second));
        Assert.Equal(_first, _registry.Get<Key>());
    }

    [Fact]
    public void A_key_is_replaced_when_overwriting_is_asked_for()
    {
        _registry.Register<Key>(_first);

        _registry.Register<Key>(_second, overwrite: true);

        Assert.Equal(_second, _registry.Get<Key>());
    }

    [Fact]
    public void No_actor_is_registered_for_null()
    {
        Assert.Throws<ArgumentNullException>(() => _registry.Register<Key>(null!));
        Assert.False(_registry.TryRegister<Key>(null!));
        Assert.False(_registry.TryGet<Key>(out _));
    }

    [Fact]
    public void A_missing_key_is_an_exception_for_Get_and_nobody_for_TryGet()
    {
        Assert.Throws<MissingActorRegistryEntryException>(() => _registry.Get<Key>());
        Assert.False(_registry.TryGet<Key>(out var actor));
        Assert.Equal(ActorRefs.Nobody, actor);
        Assert.False(_registry.TryGet(KeyType, out actor));
        Assert.Equal(ActorRefs.Nobody, actor);
    }

    [Fact]
    public void The_registry_enumerates_its_entries()
    {
        _registry.Register<Key>(_first);
        _registry.Register<OtherKey>(_second);

        Assert.Equal(
            new Dictionary<Type, IActorRef> { [typeof(Key)] = _first, [typeof(OtherKey)] = _second },
            _registry.ToDictionary());
    }

    [Fact]
    public async Task GetAsync_waits_until_the_key_is_registered()
    {
        var early = _registry.GetAsync<Key>();
        var alsoEarly = _registry.GetAsync(KeyType);
        Assert.False(early.IsCompleted);

        _registry.Register<Key>(_first);

        Assert.Equal(_first, await early.WaitAsync(Deadline));
        Assert.Equal(_first, await alsoEarly.WaitAsync(Deadline));
        Assert.Equal(_first, await _registry.GetAsync<Key>());
    }

    [Fact]
    public async Task A_cancelled_GetAsync_ends_alone()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelled = _registry.GetAsync<Key>(cancellation.Token);
        var patient = _registry.GetAsync<Key>();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Deadline));
        _registry.Register<Key>(_first);
        Assert.Equal(_first, await patient.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_required_actor_is_missing_until_it_is_registered()
    {
        var waiting = new RequiredActor<Key>(_registry).GetAsync();

        // One each time: that of Akka.Hosting 1.5.30 remembers that it has found nobody.
        Assert.Throws<MissingActorRegistryEntryException>(() => new RequiredActor<Key>(_registry).ActorRef);
        _registry.Register<Key>(_first);

        Assert.Equal(_first, await waiting.WaitAsync(Deadline));
        Assert.Equal(_first, new RequiredActor<Key>(_registry).ActorRef);
    }

    private sealed class Key;

    private sealed class OtherKey;
}
