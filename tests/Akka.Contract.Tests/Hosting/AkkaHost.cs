using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Akka.Contract.Tests.Hosting;

/// <summary>A generic host with one actor system in it, and nothing that writes to the console.</summary>
internal static class AkkaHost
{
    private const string Quiet = "akka { loglevel = ERROR, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }";

    public static IHost Build(Action<AkkaConfigurationBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        services?.Invoke(builder.Services);
        builder.Services.AddAkka("contract", (akka, _) =>
        {
            configure(akka);
            akka.AddHocon(Quiet, HoconAddMode.Append);
        });
        return builder.Build();
    }

    public static async Task<IHost> StartAsync(Action<AkkaConfigurationBuilder> configure, Action<IServiceCollection>? services = null)
    {
        var host = Build(configure, services);
        await host.StartAsync();
        return host;
    }
}
