using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Akka.Hosting;

/// <summary>Binds the life of the actor system to that of the host, in both directions.</summary>
public class AkkaHostedService(
    AkkaConfigurationBuilder configurationBuilder,
    IServiceProvider serviceProvider,
    ILogger<AkkaHostedService> logger,
    IHostApplicationLifetime? applicationLifetime) : IHostedService
{
    protected ActorSystem? ActorSystem { get; set; }

    protected CoordinatedShutdown? CoordinatedShutdown { get; set; }

    protected IServiceProvider ServiceProvider { get; } = serviceProvider;

    protected AkkaConfigurationBuilder ConfigurationBuilder { get; } = configurationBuilder;

    protected IHostApplicationLifetime? HostApplicationLifetime { get; } = applicationLifetime;

    protected ILogger<AkkaHostedService> Logger { get; } = logger;

    public virtual async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            ActorSystem = ServiceProvider.GetRequiredService<ActorSystem>();
            CoordinatedShutdown = CoordinatedShutdown.Get(ActorSystem);
            await ConfigurationBuilder.StartAsync(ActorSystem).ConfigureAwait(false);
            _ = StopHostAfterAsync(ActorSystem);
        }
        catch (Exception cause)
        {
            Logger.LogCritical(cause, "The actor system cannot be started; the application stops.");
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    public virtual async Task StopAsync(CancellationToken cancellationToken)
    {
        // Null when the system itself could not be made; then there is nothing to stop.
        if (CoordinatedShutdown is not null)
            await CoordinatedShutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
    }

    private async Task StopHostAfterAsync(ActorSystem system)
    {
        await system.WhenTerminated.ConfigureAwait(false);
        HostApplicationLifetime?.StopApplication();
    }
}
