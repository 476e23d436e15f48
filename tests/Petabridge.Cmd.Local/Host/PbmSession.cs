using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Akka.Actor;

namespace Petabridge.Cmd.Host;

/// <summary>
/// One client: a line in is a command, a line out is a part of an answer as <c>{"text":"...","error":false,"final":true}</c>.
/// Petabridge.Cmd's own protocol is another.
/// </summary>
internal sealed class PbmSession(ActorSystem system, IReadOnlyList<CommandPaletteHandler> palettes, TcpClient client)
{
    private readonly Channel<CommandResponse> _answers = Channel.CreateUnbounded<CommandResponse>();

    public async Task Run()
    {
        using (client)
        {
            await using var stream = client.GetStream();
            var writing = Write(stream);
            var answers = system.ActorOf(Props.Create(() => new AnswerActor(_answers.Writer)));
            var handlers = palettes.ToDictionary(
                static palette => palette.Palette.ModuleName, palette => system.ActorOf(palette.HandlerProps));
            try
            {
                await Read(stream, handlers, answers);
            }
            catch (IOException)
            {
                // Gone.
            }
            foreach (var handler in handlers.Values)
                system.Stop(handler);
            system.Stop(answers);
            _answers.Writer.TryComplete();
            await writing;
        }
    }

    private async Task Read(NetworkStream stream, Dictionary<string, IActorRef> handlers, IActorRef answers)
    {
        using var lines = new StreamReader(stream, leaveOpen: true);
        while (await lines.ReadLineAsync() is { } line)
        {
            if (CommandLine.Read(line, palettes.Select(static palette => palette.Palette), out var error) is { } command)
                handlers[command.Palette].Tell(command, answers);
            else
                _answers.Writer.TryWrite(new ErroredCommandResponse(error));
        }
    }

    private async Task Write(NetworkStream stream)
    {
        try
        {
            await foreach (var answer in _answers.Reader.ReadAllAsync())
            {
                await stream.WriteAsync(
                    JsonSerializer.SerializeToUtf8Bytes(
                        new { text = answer.Msg, error = answer is ErroredCommandResponse, final = answer.Final }));
                await stream.WriteAsync("\n"u8.ToArray());
            }
        }
        catch (IOException)
        {
            // Gone; the reading side learns it, too.
        }
    }

    private sealed class AnswerActor : ReceiveActor
    {
        public AnswerActor(ChannelWriter<CommandResponse> answers) => Receive<CommandResponse>(answer => answers.TryWrite(answer));
    }
}
