using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.TestKit.Xunit;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;
using EdgeActors.Operate.Syntax;
using EdgeHost.Ops;
using Petabridge.Cmd;

namespace EdgeHost.Tests.Ops;

/// <summary>The palette before an operator that only keeps what it is asked.</summary>
public sealed class EdgeCommandsSpecs : TestKit
{
    private readonly Asked _operator = new();

    public static TheoryData<string> Examples() => [.. OperatorVerb.All.SelectMany(static verb => verb.Examples)];

    [Fact]
    public void Each_verb_is_a_command_whose_switches_are_told_apart()
    {
        Assert.Equal(OperatorVerb.All.Select(static verb => verb.Name), EdgeCommands.All.CommandDefinitions.Select(static command => command.Name));
        Assert.All(EdgeCommands.All.CommandDefinitions, static command =>
        {
            var switches = command.ArgumentsByName.Values.SelectMany(static argument => argument.Switch).ToList();
            Assert.Equal(switches.Distinct(), switches);
        });
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void What_a_verb_can_be_told_its_command_can_be_told_too(string example)
    {
        var words = example.Split(' ');
        var verb = OperatorVerb.All.Single(verb => verb.Name == words[0]);

        Tell(verb, [.. Switches(verb, words)]);

        Assert.Equal(words.Order(), _operator.Words.Order());
        OperatorParser.Parse(_operator.Words, out var mistake);
        Assert.Null(mistake);
    }

    [Fact]
    public void Options_come_behind_arguments_whatever_the_order_was()
    {
        Tell(Verb("route"), Tuple.Create("-ip", "192.0.2.1"), Tuple.Create("-name", "www.test"), Tuple.Create("-alpn", "h2"));
        Assert.Equal(["route", "www.test", "--alpn", "h2", "--ip", "192.0.2.1"], _operator.Words);
    }

    [Fact]
    public void A_switch_is_known_in_capitals_too()
    {
        Tell(Verb("server"), Tuple.Create("-SERVER", "web/s1"), Tuple.Create("-Order", "drain"));
        Assert.Equal(["server", "web/s1", "drain"], _operator.Words);
    }

    [Fact]
    public void Whoever_comes_by_pbm_may_do_everything()
    {
        Tell(Verb("status"));
        Assert.Equal(Access.Full, _operator.Access);
    }

    [Fact]
    public void A_mistake_is_an_errored_answer_and_the_end_follows()
    {
        _operator.Answer = new ErrorAnswer(ErrorKind.Failed, "there is no backend 'nowhere'");
        Handler().Tell(Command(Verb("status")), TestActor);

        var error = Assert.IsType<ErroredCommandResponse>(ExpectMsg<CommandResponse>());
        Assert.Contains("there is no backend 'nowhere'", error.Msg, StringComparison.Ordinal);
        Assert.False(error.Final);
        Assert.True(ExpectMsg<CommandResponse>().Final);
    }

    [Fact]
    public void A_fault_is_told_to_whoever_waits()
    {
        _operator.Fault = new InvalidOperationException("broken");
        Handler().Tell(Command(Verb("status")), TestActor);

        var error = Assert.IsType<ErroredCommandResponse>(ExpectMsg<CommandResponse>());
        Assert.Equal("broken", error.Msg);
        Assert.True(error.Final);
    }

    private static OperatorVerb Verb(string name) => OperatorVerb.All.Single(verb => verb.Name == name);

    private static Command Command(OperatorVerb verb, params Tuple<string, string>[] switches) => new(EdgeCommands.Palette, verb.Name, switches);

    /// <summary>Words as they stand behind <c>edge ctl</c>, as pbm has them.</summary>
    private static IEnumerable<Tuple<string, string>> Switches(OperatorVerb verb, string[] words)
    {
        var place = 0;
        for (var i = 1; i < words.Length; i++)
        {
            if (verb.Options.FirstOrDefault(option => option.Name == words[i]) is not { } option)
                yield return Tuple.Create(EdgeCommands.SwitchOf(verb.Arguments[place++].Name), words[i]);
            else
                yield return Tuple.Create(EdgeCommands.SwitchOf(option.Name), option.Value is null ? "" : words[++i]);
        }
    }

    private IActorRef Handler() => Sys.ActorOf(new EdgeCommandPalette(_operator).HandlerProps);

    private void Tell(OperatorVerb verb, params Tuple<string, string>[] switches)
    {
        Handler().Tell(Command(verb, switches), TestActor);
        Assert.Contains("fine", ExpectMsg<CommandResponse>().Msg, StringComparison.Ordinal);
        Assert.True(ExpectMsg<CommandResponse>().Final);
    }

    private sealed class Asked : IOperator
    {
        public IReadOnlyList<string> Words { get; private set; } = [];

        public Access Access { get; private set; }

        public Answer Answer { get; set; } = new FactsAnswer([new Fact("all", CellType.Text, "fine")]);

        public Exception? Fault { get; set; }

        public async IAsyncEnumerable<Answer> Run(
            IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
        {
            (Words, Access) = (words, access);
            await Task.Yield();
            yield return Fault is null ? Answer : throw Fault;
        }
    }
}
