using Akka.Hosting;

namespace Petabridge.Cmd.Host;

public sealed class PetabridgeCmdOptions
{
    public string Host { get; set; } = "127.0.0.1";

    public int Port { get; set; } = 9110;
}

public static class PetabridgeCmdHosting
{
    /// <summary>Starts it behind the actors that the builder starts.</summary>
    public static AkkaConfigurationBuilder AddPetabridgeCmd(
        this AkkaConfigurationBuilder builder, PetabridgeCmdOptions options, Action<PetabridgeCmd> hostConfiguration)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        return builder
            .AddHocon($"petabridge.cmd {{ host = \"{options.Host}\", port = {options.Port} }}", HoconAddMode.Prepend)
            .AddStartup((system, _) =>
            {
                var cmd = PetabridgeCmd.Get(system);
                hostConfiguration(cmd);
                cmd.Start();
            });
    }
}
