using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Routing;

public class ServerHealthSpecs
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private static HealthSettings Settings(int rise = 2, int fall = 3) => TestSettings.Health(fall: fall, rise: rise);

    private static ServerHealth Initial(InitialHealth initial, HealthSettings? settings = null) =>
        ServerHealth.Initial(settings ?? Settings(), initial == InitialHealth.Up);

    /// <summary>Feeds '+' and '-', and answers 'U', 'D' or '.' for what each changed.</summary>
    private static (string Changes, ServerHealth Health) Checked(ServerHealth health, string checks, HealthSettings? settings = null)
    {
        var changes = "";
        foreach (var check in checks)
        {
            var next = health.Counted(check == '+', settings ?? Settings(), Now);
            changes += next.Up == health.Up ? '.' : next.Up ? 'U' : 'D';
            health = next;
        }
        return (changes, health);
    }

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
        Assert.Equal(changes, Checked(Initial(InitialHealth.Up), checks).Changes);

    [Theory]
    [InlineData("++", ".U")]
    [InlineData("+-++", "...U")]
    [InlineData("----", "....")]
    [InlineData("++---", ".U..D")]
    public void A_server_that_begins_down(string checks, string changes) =>
        Assert.Equal(changes, Checked(Initial(InitialHealth.Down), checks).Changes);

    [Theory]
    [InlineData(InitialHealth.Up, "-+-+", "DUDU")]
    [InlineData(InitialHealth.Down, "+-+-", "UDUD")]
    public void With_rise_and_fall_of_one_every_check_decides(InitialHealth initial, string checks, string changes) =>
        Assert.Equal(changes, Checked(Initial(initial, Settings(1, 1)), checks, Settings(1, 1)).Changes);

    [Fact]
    public void Checks_are_counted_and_the_last_one_is_kept()
    {
        var refused = new CheckOutcome(CheckStatus.L4Connect, "refused");
        var expires = Now.AddDays(1);
        var health = Initial(InitialHealth.Up).Checked(new CheckOutcome(CheckStatus.L6Ok, CertificateExpires: expires), Settings(), Now);
        Assert.Null(health.Since);
        for (var i = 0; i < 3; i++)
            health = health.Checked(refused, Settings(), Now.AddSeconds(i));
        Assert.Equal(
            (1, 3, refused, expires, 1),
            (health.ChecksPassed, health.ChecksFailed, health.Last, health.CertificateExpires, health.TimesDown));
        Assert.Equal((Now.AddSeconds(2), Now.AddSeconds(2)), (health.Since, health.CheckedAt));
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
        Assert.Equal(phase, Checked(Initial(initial), checks).Health.Phase);
    }

    [Theory]
    [InlineData("+", 1)]
    [InlineData("+++", 3)]
    [InlineData("++-", 1)]
    [InlineData("+-----", 5)]
    [InlineData("--+", 1)]
    public void Checks_of_one_outcome_are_counted(string checks, int inARow)
    {
        Assert.Equal(inARow, Checked(Initial(InitialHealth.Up), checks).Health.InARow);
    }

    [Fact]
    public void Failures_that_found_it_up_are_counted_apart()
    {
        var health = Checked(Initial(InitialHealth.Up), "+-----").Health;
        Assert.Equal((5, 3), (health.ChecksFailed, health.ChecksFailedWhileUp));
    }

    [Fact]
    public void It_can_be_marked_down_without_a_check_and_rises_as_ever()
    {
        var down = Checked(Initial(InitialHealth.Up), "+").Health.MarkedDown(Settings(), Now);
        Assert.Equal((false, HealthPhase.Down, 1L), (down.Up, down.Phase, down.TimesDown));
        Assert.Same(down, down.MarkedDown(Settings(), Now));
        Assert.Equal(".U", Checked(down, "++").Changes);
    }

    [Fact]
    public void It_fails_on_the_next_failure_unless_a_success_comes_first()
    {
        var up = Checked(Initial(InitialHealth.Up), "+").Health.FailOnNext(Settings());
        Assert.Equal("D", Checked(up, "-").Changes);
        Assert.Equal("...", Checked(up, "+--").Changes);
    }

    [Fact]
    public void It_passes_on_the_next_success_unless_a_failure_comes_first()
    {
        var down = Initial(InitialHealth.Down).PassOnNext(Settings());
        Assert.Equal("U", Checked(down, "+").Changes);
        Assert.Equal("..U", Checked(down, "-++").Changes);
    }

    [Fact]
    public void A_server_that_others_have_seen_up_takes_all_failures_to_fall()
    {
        Assert.Equal("..D", Checked(ServerHealth.Known(Settings(), up: true), "---").Changes);
        Assert.Equal(".U", Checked(ServerHealth.Known(Settings(), up: false), "++").Changes);
    }
}
