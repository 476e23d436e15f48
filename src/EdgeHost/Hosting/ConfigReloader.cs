using System.Security.Cryptography;
using EdgeActors;
using EdgeActors.Accept;
using EdgeActors.Config;
using EdgeActors.Operate;
using EdgeActors.Reload;
using EdgeActors.Route;

namespace EdgeHost.Hosting;

/// <summary>Reads the file again, whoever asks for it: an operator's verb, SIGHUP, or the file itself by having changed.</summary>
internal sealed class ConfigReloader(string path, EdgeNode node, EdgeNodeHolder holder) : IReloader, IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _one = new(1);
    private Task _watching = Task.CompletedTask;

    public async Task<ReloadOutcome> Reload(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            holder.Service?.Reloading();
            var outcome = await Reload();
            Tell(outcome);
            return outcome;
        }
        finally
        {
            holder.Service?.Ready(holder.Status);
            _one.Release();
        }
    }

    /// <summary>Whoever asks does not wait for it, and reads of it in the log.</summary>
    public void Begin() => _ = Task.Run(async () =>
    {
        try
        {
            await Reload(_ending.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            node.Log.Error($"reload failed: {e.Message}");
        }
    });

    public void Watch(TimeSpan interval) => _watching = Task.Run(async () =>
    {
        var seen = Content();
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                // A file that is being replaced may be missing for a moment.
                if (Content() is not { } now || now == seen)
                    continue;
                seen = now;
                Begin();
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
        await _watching;
    }

    private async Task<ReloadOutcome> Reload()
    {
        var read = EdgeSettingsReader.Load(path);
        if (read.Settings is not { } next)
            return Refused([.. read.Mistakes.Select(static mistake => mistake.ToString())]);
        try
        {
            var before = node.Settings.Log.Level;
            var changes = await node.Reload(next);
            // An operator may have set another level meanwhile, which stays until the file says something new.
            if (next.Log.Level != before)
                node.Log.Level = next.Log.Level;
            return new ReloadOutcome(node.Generations.Current, changes, []);
        }
        catch (Exception e) when (e is BindException or ServerAddressException)
        {
            return Refused(e.Message.Split(Environment.NewLine));
        }
    }

    private ReloadOutcome Refused(IReadOnlyList<string> mistakes) => new(node.Generations.Current, [], mistakes);

    private void Tell(ReloadOutcome outcome)
    {
        foreach (var mistake in outcome.Mistakes)
            node.Log.Error($"reload: {mistake}");
        if (outcome.Mistakes.Count > 0)
        {
            node.Log.Error($"reload: {outcome.Mistakes.Count} mistake(s), nothing was changed");
            return;
        }
        foreach (var change in outcome.Changes)
            node.Log.Info($"reload: {change}");
        node.Log.Info($"reloaded {path}, generation {outcome.Generation}");
    }

    private string? Content()
    {
        try
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
