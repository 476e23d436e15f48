using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.TestKit.Xunit;
using EdgeActors.Answers;
using EdgeActors.Operator.Syntax;
using EdgeHost.Pbm;
using Petabridge.Cmd;

namespace EdgeHost.Tests.Pbm;

/// <summary>The palette, with an operator that only records what it is asked.</summary>
public sealed class EdgeCommandsSpecs : TestKit
{
    private static readonly Answer[] Fine = [new FactsAnswer([new Fact("all", CellType.Text, "fine")])];

    private readonly Asked _operator = new();

    public static TheoryData<string> Examples() => [.. OperatorVerb.All.SelectMany(static verb => verb.Examples)];

    [Fact]
    public void Each_verb_is_a_command() =>
        Assert.Equal(OperatorVerb.All.Select(static verb => verb.Name), EdgeCommands.Definitions.Select(static command => command.Name));

    [Fact]
    public void Each_argument_and_option_has_a_name_without_dashes_of_its_own_and_two_switches()
    {
        Assert.All(OperatorVerb.All.Zip(EdgeCommands.Definitions), static pair =>
        {
            var (verb, command) = pair;
            string[] names = [
                .. verb.Arguments.Select(static argument => argument.Name), .. verb.Options.Select(static option => option.Name)
            ];
            Assert.Equal(names.Length, names.Select(EdgeCommands.NameOf).Distinct().Count());
            Assert.All(names, name =>
            {
                var word = name.TrimStart('-').ToLowerInvariant();
                var argument = command.ArgumentsByName[word.Replace("-", "", StringComparison.Ordinal)];
                string[] spellings = ["--" + word, "-" + word];
                Assert.True(spellings.All(spelling => argument.Switch.Contains(spelling)), $"{verb.Name} {name}");
            });
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
        OperatorParser.Parse(_operator.Words, out var error);
        Assert.Null(error);
    }

    [Fact]
    public void Options_come_behind_arguments_whatever_the_order_was()
    {
        Tell(Verb("route"), Tuple.Create("--ip", "192.0.2.1"), Tuple.Create("--name", "www.test"), Tuple.Create("--alpn", "h2"));
        Assert.Equal(["route", "www.test", "--alpn", "h2", "--ip", "192.0.2.1"], _operator.Words);
    }

    [Theory]
    [InlineData("--age-over")]
    [InlineData("-age-over")]
    [InlineData("-AGE-OVER")]
    [InlineData("ageover")]
    public void A_switch_is_found_by_each_of_its_spellings(string spelling)
    {
        Tell(Verb("kill"), Tuple.Create(spelling, "2h"));
        Assert.Equal(["kill", "--age-over", "2h"], _operator.Words);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("True")]
    [InlineData("")]
    [InlineData(null)]
    public void A_flag_is_set_by_true_and_by_no_value(string? value)
    {
        Tell(Verb("kill"), Tuple.Create("--all", value!));
        Assert.Equal(["kill", "--all"], _operator.Words);
    }

    [Fact]
    public void A_flag_is_not_set_by_false()
    {
        Tell(Verb("kill"), Tuple.Create("--all", "false"));
        Assert.Equal(["kill"], _operator.Words);
    }

    [Fact]
    public void Another_value_of_a_flag_is_a_error()
    {
        Tell(Verb("kill"), Tuple.Create("--all", "maybe"));
        Assert.Null(OperatorParser.Parse(_operator.Words, out var error));
        Assert.Contains("--all takes no value", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_is_missing_is_empty()
    {
        Tell(Verb("kill"), Tuple.Create<string, string>("--backend", null!));
        Assert.Equal(["kill", "--backend", ""], _operator.Words);
    }

    [Fact]
    public void A_client_of_pbm_has_full_access()
    {
        Tell(Verb("status"));
        Assert.Equal(Access.Full, _operator.Access);
    }

    [Fact]
    public void An_error_is_one_final_response()
    {
        _operator.Answers = [new ErrorAnswer(ErrorKind.Failed, "there is no backend 'nowhere'")];
        Handler().Tell(Command(Verb("status")), TestActor);

        ExpectError("there is no backend 'nowhere'");
    }

    [Fact]
    public void The_errors_of_several_nodes_are_one_final_response_behind_the_answers()
    {
        _operator.Answers = [.. Fine, new ErrorAnswer(ErrorKind.Failed, "b: late"), new ErrorAnswer(ErrorKind.Failed, "c: gone")];
        Handler().Tell(Command(Verb("status")), TestActor);

        Assert.Contains("fine", ExpectMsg<CommandResponse>().Msg, StringComparison.Ordinal);
        ExpectError("b: late\nc: gone");
    }

    [Fact]
    public void A_fault_is_one_final_response()
    {
        _operator.Fault = new InvalidOperationException("broken");
        Handler().Tell(Command(Verb("status")), TestActor);

        ExpectError("broken");
    }

    private static OperatorVerb Verb(string name) => OperatorVerb.All.Single(verb => verb.Name == name);

    private static Command Command(OperatorVerb verb, params Tuple<string, string>[] switches) =>
        new(EdgeCommands.Palette, verb.Name, switches);

    /// <summary>The words of <c>edge ctl</c> as switches of pbm.</summary>
    private static IEnumerable<Tuple<string, string>> Switches(OperatorVerb verb, string[] words)
    {
        var place = 0;
        for (var i = 1; i < words.Length; i++)
        {
            if (verb.Options.FirstOrDefault(option => option.Name == words[i]) is not { } option)
                yield return Tuple.Create(EdgeCommands.SwitchOf(verb.Arguments[place++].Name), words[i]);
            else
                yield return Tuple.Create(EdgeCommands.SwitchOf(option.Name), option.Value is null ? "true" : words[++i]);
        }
    }

    private IActorRef Handler() => Sys.ActorOf(new EdgeCommandPalette(_operator).HandlerProps);

    private void ExpectError(string text)
    {
        var error = ExpectMsg<ErroredCommandResponse>();
        Assert.Equal(text, error.Msg);
        Assert.True(error.Final);
        // A response behind the final one would stand ahead of the next answer.
        (_operator.Answers, _operator.Fault) = (Fine, null);
        Tell(Verb("status"));
    }

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

        public IReadOnlyList<Answer> Answers { get; set; } = Fine;

        public Exception? Fault { get; set; }

        public async IAsyncEnumerable<Answer> Run(
            IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
        {
            (Words, Access) = (words, access);
            await Task.Yield();
            foreach (var answer in Answers)
                yield return Fault is null ? answer : throw Fault;
        }
    }
}
