using EdgeActors.Config;
using EdgeActors.Health;

namespace EdgeActors.Tests.Health;

public class HealthStateSpecs
{
    private static HealthState State(InitialHealth initial, int rise = 2, int fall = 3) => new(rise, fall, initial);

    /// <summary>Feeds '+' and '-', and answers 'U', 'D' or '.' for what each changed.</summary>
    private static string Changes(HealthState state, string checks) => string.Concat(checks.Select(check =>
        (check == '+' ? state.Succeeded() : state.Failed("refused")) switch
        {
            HealthChange.Up => 'U',
            HealthChange.Down => 'D',
            _ => '.',
        }));

    [Theory]
    [InlineData("+---", "...D")] // fall failures in a row
    [InlineData("+--+--+--+---", "............D")] // a success in between starts the count anew
    [InlineData("-", "D")] // not seen up yet
    [InlineData("-++", "D.U")]
    [InlineData("-+-+-++", "D.....U")] // a failure in between starts the count anew
    [InlineData("-++--", "D.U..")] // seen up: takes all of fall again
    [InlineData("-++---", "D.U..D")]
    [InlineData("+-----", "...D..")] // down once
    [InlineData("++++", "....")]
    public void A_server_that_begins_up(string checks, string changes) =>
        Assert.Equal(changes, Changes(State(InitialHealth.Up), checks));

    [Theory]
    [InlineData("++", ".U")]
    [InlineData("+-++", "...U")]
    [InlineData("----", "....")]
    [InlineData("++---", ".U..D")]
    public void A_server_that_begins_down(string checks, string changes) =>
        Assert.Equal(changes, Changes(State(InitialHealth.Down), checks));

    [Theory]
    [InlineData(InitialHealth.Up, "-+-+", "DUDU")]
    [InlineData(InitialHealth.Down, "+-+-", "UDUD")]
    public void With_rise_and_fall_of_one_every_check_decides(InitialHealth initial, string checks, string changes) =>
        Assert.Equal(changes, Changes(State(initial, rise: 1, fall: 1), checks));

    [Fact]
    public void It_is_up_or_down_as_it_said()
    {
        var state = State(InitialHealth.Down);
        Assert.False(state.IsUp);
        Changes(state, "++");
        Assert.True(state.IsUp);
        Changes(state, "---");
        Assert.False(state.IsUp);
        Assert.True(State(InitialHealth.Up).IsUp);
    }

    [Fact]
    public void Checks_are_counted_and_the_last_failure_is_kept()
    {
        var state = State(InitialHealth.Up);
        Assert.Null(state.LastFailure);
        state.Succeeded();
        state.Failed("refused");
        state.Failed("timed out");
        state.Succeeded();
        Assert.Equal((2, 2, "timed out"), (state.ChecksPassed, state.ChecksFailed, state.LastFailure));
    }

    [Theory]
    [InlineData(InitialHealth.Up, "", HealthPhase.Transition)] // the first failure would take it down
    [InlineData(InitialHealth.Up, "+", HealthPhase.Up)]
    [InlineData(InitialHealth.Up, "+-", HealthPhase.Transition)]
    [InlineData(InitialHealth.Up, "+--+", HealthPhase.Up)]
    [InlineData(InitialHealth.Up, "+---", HealthPhase.Down)]
    [InlineData(InitialHealth.Up, "+---+", HealthPhase.Transition)]
    [InlineData(InitialHealth.Up, "+---+-", HealthPhase.Down)]
    [InlineData(InitialHealth.Up, "+---++", HealthPhase.Up)]
    [InlineData(InitialHealth.Down, "", HealthPhase.Down)]
    [InlineData(InitialHealth.Down, "+", HealthPhase.Transition)]
    public void It_is_in_transition_while_the_last_checks_speak_against_it(InitialHealth initial, string checks, HealthPhase phase)
    {
        var state = State(initial);
        Changes(state, checks);
        Assert.Equal(phase, state.Phase);
    }

    [Theory]
    [InlineData("+", 1)]
    [InlineData("+++", 3)]
    [InlineData("++-", 1)]
    [InlineData("+-----", 5)]
    [InlineData("--+", 1)]
    public void Checks_of_one_outcome_are_counted(string checks, int inARow)
    {
        var state = State(InitialHealth.Up);
        Changes(state, checks);
        Assert.Equal(inARow, state.InARow);
    }

    [Fact]
    public void Failures_that_found_it_up_are_counted_apart()
    {
        var state = State(InitialHealth.Up);
        Changes(state, "+-----");
        Assert.Equal((5, 3), (state.ChecksFailed, state.ChecksFailedWhileUp));
    }

    [Fact]
    public void It_can_be_marked_down_without_a_check_and_rises_as_ever()
    {
        var state = State(InitialHealth.Up);
        Changes(state, "+");
        Assert.Equal(HealthChange.Down, state.MarkDown());
        Assert.Equal(HealthChange.None, state.MarkDown());
        Assert.Equal((false, HealthPhase.Down), (state.IsUp, state.Phase));
        Assert.Equal(".U", Changes(state, "++"));
    }

    [Fact]
    public void Doomed_it_falls_with_the_next_failure_unless_a_success_comes_first()
    {
        var state = State(InitialHealth.Up);
        Changes(state, "+");
        state.Doom();
        Assert.Equal("D", Changes(state, "-"));
        Changes(state, "++");
        state.Doom();
        Assert.Equal("+--".Length, Changes(state, "+--").Count(c => c == '.'));
    }

    // The reference keeps one level in 0 .. rise+fall-1, up from rise on; two counters must say the same for ever.
    [Fact]
    public void Ten_thousand_checks_go_as_in_the_reference()
    {
        const int rise = 2, fall = 3, top = rise + fall - 1;
        var random = new Random(1);
        var state = State(InitialHealth.Up, rise, fall);
        var level = rise;
        for (var i = 0; i < 10_000; i++)
        {
            if (random.Next(2) == 0)
            {
                level = level + 1 >= rise ? top : level + 1;
                state.Succeeded();
            }
            else
            {
                level = level - 1 < rise ? 0 : level - 1;
                state.Failed("");
            }

            Assert.Equal(level >= rise, state.IsUp);
        }
    }
}
