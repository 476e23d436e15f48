using Edge.Hocon;
using EdgeActors;
using EdgeActors.Config;
using EdgeActors.Listening;
using EdgeActors.Node;
using EdgeActors.Operator;
using EdgeActors.Routing;

namespace EdgeHost.Hosting;

/// <summary>Reads the file again on an operator's verb, on SIGHUP, or when a file has changed.</summary>
internal sealed class ConfigReloader(ConfigSource source, EdgeNode node, EdgeNodeHolder holder) : IReloader, IAsyncDisposable
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly PeriodicTimer _looks = new(Timeout.InfiniteTimeSpan);
    private volatile ConfigSource _source = source;
    private Task _watching = Task.CompletedTask;

    public async Task<ReloadOutcome> Reload(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            holder.Service?.Reloading();
            // Off the caller, an actor: a file of a network mount may block for long.
            var outcome = await Task.Run(Reload, CancellationToken.None);
            Log(outcome);
            return outcome;
        }
        finally
        {
            holder.Service?.Ready(holder.Status);
            _one.Release();
        }
    }

    /// <summary>Does not wait; the log tells the outcome.</summary>
    public void Begin() => _ = Task.Run(Try);

    /// <param name="interval">Null: not until a configuration has one.</param>
    public void Watch(TimeSpan? interval) => _watching = Task.Run(async () =>
    {
        _looks.Period = interval ?? Timeout.InfiniteTimeSpan;
        ConfigSource? before = null;
        try
        {
            while (await _looks.WaitForNextTickAsync(_ending.Token))
            {
                var now = _source.Look();
                // An editor may still be writing: the file has to be the same twice.
                if (!now.Holds(_source) && now.Holds(before))
                    await Try();
                before = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        // A read that blocks does not keep the process alive.
        await Task.WhenAny(_watching, Task.Delay(EndTimeout));
        _looks.Dispose();
    }

    private async Task Try()
    {
        try
        {
            await Reload(_ending.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            node.State.Log.Error($"reload failed: {e.Message}");
        }
    }

    private async Task<ReloadOutcome> Reload()
    {
        var read = EdgeSettingsReader.Load(_source.Path);
        _source = _source with { Files = read.Files };
        if (read.Settings is not { } next)
            return Refused([.. read.Errors.Select(static error => error.ToString())]);
        try
        {
            var before = node.State.Settings.Log.Level;
            if (holder.Keeping is { } keeping)
                await keeping.ForgetListeners();
            var report = await node.Reload(next);
            // A level that an operator has set stays until the file's changes.
            if (next.Log.Level != before)
                node.State.Log.Level = next.Log.Level;
            _looks.Period = next.ReloadWatch ?? Timeout.InfiniteTimeSpan;
            return new ReloadOutcome(node.State.Generations.Current, report.Changes, report.Keys, []);
        }
        catch (Exception e) when (e is BindException or ServerAddressException)
        {
            return Refused(e.Message.Split(Environment.NewLine));
        }
        finally
        {
            holder.Keeping?.KeepListeners();
        }
    }

    private ReloadOutcome Refused(IReadOnlyList<string> errors) => new(node.State.Generations.Current, [], [], errors);

    private void Log(ReloadOutcome outcome)
    {
        foreach (var error in outcome.Errors)
            node.State.Log.Error($"reload: {error}");
        if (outcome.Errors.Count > 0)
        {
            node.State.Log.Error($"reload: {outcome.Errors.Count} error(s), nothing was changed");
            return;
        }
        foreach (var change in outcome.Changes)
            node.State.Log.Info($"reload: {change}");
        node.State.Log.Info($"reloaded {_source.Path}, generation {outcome.Generation}");
    }
}

/// <summary>Where the settings come from, and may come from again.</summary>
/// <param name="Path">The file that was named.</param>
/// <param name="Files">It, those that it includes and the lists of networks, as they were at the last look.</param>
internal sealed record ConfigSource(string Path, IReadOnlyList<HoconFile> Files)
{
    /// <summary>As it is now. A file that is not there may be about to be replaced, and counts as it was.</summary>
    public ConfigSource Look() =>
        this with { Files = [.. Files.Select(static file => file.Look() is { Digest: not null } now ? now : file)] };

    public bool Holds(ConfigSource? other) => other is not null && Files.SequenceEqual(other.Files);
}
