using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.Contract.Tests.Hosting;

public sealed class HoconAddModeSpecs
{
    [Fact]
    public Task Appended_configuration_only_fills_what_is_not_there() => WithConfig(
        akka => akka
            .AddHocon("contract { a = first }", HoconAddMode.Append)
            .AddHocon("contract { a = second, b = second }", HoconAddMode.Append),
        config =>
        {
            Assert.Equal("first", config.GetString("contract.a"));
            Assert.Equal("second", config.GetString("contract.b"));
        });

    [Fact]
    public Task Prepended_configuration_wins_and_keeps_the_rest() => WithConfig(
        akka => akka
            .AddHocon("contract { a = first, b = first }", HoconAddMode.Append)
            .AddHocon("contract { a = second }", HoconAddMode.Prepend),
        config =>
        {
            Assert.Equal("second", config.GetString("contract.a"));
            Assert.Equal("first", config.GetString("contract.b"));
        });

    [Fact]
    public Task A_parsed_config_is_added_like_text() => WithConfig(
        akka => akka
            .AddHocon("contract.a = text", HoconAddMode.Append)
            .AddHocon(ConfigurationFactory.ParseString("contract { a = parsed, b = 3 s }"), HoconAddMode.Prepend),
        config =>
        {
            Assert.Equal("parsed", config.GetString("contract.a"));
            Assert.Equal(TimeSpan.FromSeconds(3), config.GetTimeSpan("contract.b"));
        });

    [Fact]
    public async Task A_file_is_added_like_text()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "contract { a = file, b = file }");
            await WithConfig(
                akka => akka
                    .AddHocon("contract.a = text", HoconAddMode.Append)
                    .AddHoconFile(file, HoconAddMode.Append),
                config =>
                {
                    Assert.Equal("text", config.GetString("contract.a"));
                    Assert.Equal("file", config.GetString("contract.b"));
                });
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public Task Added_configuration_overrides_the_defaults_of_the_system() => WithConfig(
        akka => akka.AddHocon("akka.actor.default-dispatcher.throughput = 17", HoconAddMode.Append),
        config =>
        {
            Assert.Equal(17, config.GetInt("akka.actor.default-dispatcher.throughput"));
            Assert.False(string.IsNullOrEmpty(config.GetString("akka.actor.provider")));
        });

    [Fact]
    public Task The_ask_timeout_can_be_set() => WithConfig(
        akka => akka.WithActorAskTimeout(TimeSpan.FromSeconds(2.5)),
        config => Assert.Equal(TimeSpan.FromSeconds(2.5), config.GetTimeSpan("akka.actor.ask-timeout")));

    private static async Task WithConfig(Action<AkkaConfigurationBuilder> configure, Action<Config> check)
    {
        using var host = await AkkaHost.StartAsync(configure);
        check(host.Services.GetRequiredService<ActorSystem>().Settings.Config);
        await host.StopAsync();
    }
}
