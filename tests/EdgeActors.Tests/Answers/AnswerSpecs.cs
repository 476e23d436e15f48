using System.Text;
using System.Text.Json;
using EdgeActors.Answers;

namespace EdgeActors.Tests.Answers;

public sealed class AnswerSpecs
{
    private static readonly TableAnswer Table = new(
        "things",
        [
            new("id", CellType.Number),
            new("name", CellType.Text),
            new("state", CellType.State),
            new("down-bytes", CellType.Bytes),
            new("age", CellType.Duration),
            new("note", CellType.Text) { IsExtra = true },
        ],
        [
            [7L, "a", "UP", 1536L, TimeSpan.FromSeconds(90), "first"],
            [1234L, null, "DOWN", 0L, TimeSpan.FromMilliseconds(20), null],
        ]);

    private static string Text(Answer answer, int width = TextStyle.Unbounded, bool colour = false) =>
        TextAnswers.Render(answer, new TextStyle(width, colour));

    private static string Json(Answer answer)
    {
        var text = Encoding.UTF8.GetString(JsonAnswers.ToUtf8(answer));
        using var parsed = JsonDocument.Parse(text);
        return text;
    }

    [Fact]
    public void A_table_has_aligned_columns_numbers_to_the_right() => Assert.Equal(
        """
          id  name  state  down-bytes    age  note
           7  a     UP           1.5K  1m30s  first
        1234  -     DOWN            0   20ms  -

        """,
        Text(Table), ignoreLineEndingDifferences: true);

    [Fact]
    public void A_narrow_screen_does_without_the_extra_columns()
    {
        const int Whole = 43;
        Assert.Contains("note", Text(Table, Whole), StringComparison.Ordinal);
        var narrow = Text(Table, Whole - 1);
        Assert.DoesNotContain("note", narrow, StringComparison.Ordinal);
        Assert.Contains("age", narrow, StringComparison.Ordinal);
        // What matters stays, however narrow it is.
        Assert.Equal(narrow, Text(Table, 10));
    }

    [Fact]
    public void A_table_that_is_not_whole_says_so()
    {
        Assert.EndsWith("2 of 9 shown\n", Text(Table with { Total = 9 }), StringComparison.Ordinal);
        Assert.DoesNotContain("shown", Text(Table with { Total = 2 }), StringComparison.Ordinal);
        Assert.Equal("no things\n", Text(Table with { Rows = [] }));
    }

    [Fact]
    public void Colours_are_for_those_who_ask()
    {
        Assert.DoesNotContain('\e', Text(Table));
        var coloured = Text(Table, colour: true);
        Assert.Contains("\e[32mUP   \e[0m", coloured, StringComparison.Ordinal);
        Assert.Contains("\e[31mDOWN \e[0m", coloured, StringComparison.Ordinal);
    }

    [Fact]
    public void Facts_stand_below_each_other_and_their_tables_below_them() => Assert.Equal(
        """
        version  1.0
        up       yes

        things
        id
         1

        """,
        Text(new FactsAnswer(
            [new("version", CellType.Text, "1.0"), new("up", CellType.Flag, true)],
            new TableAnswer("things", [new("id", CellType.Number)], [[1L]]))), ignoreLineEndingDifferences: true);

    [Fact]
    public void A_table_below_facts_without_rows_says_so() =>
        Assert.Equal("up  yes\n\nthings\nnone\n", Text(new FactsAnswer([new("up", CellType.Flag, true)], Table with { Rows = [] })));

    [Fact]
    public void An_event_is_a_line() => Assert.Equal(
        "12:34:56.789 CLOSE   id=7 reason=KILLED sni=-\n",
        Text(new EventAnswer(
            new DateTimeOffset(2026, 1, 2, 12, 34, 56, 789, TimeSpan.Zero),
            "CLOSE",
            [new("id", CellType.Number, 7L), new("reason", CellType.Text, "KILLED"), new("sni", CellType.Text, null)])));

    [Fact]
    public void Text_from_outside_stays_on_its_line() =>
        Assert.Equal("name  a [2J b\n", Text(new FactsAnswer([new("name", CellType.Text, "a\e[2J\nb")])));

    [Fact]
    public void A_table_in_json_is_an_array_of_objects() => Assert.Equal(
        """{"things":[{"id":7,"name":"a","state":"UP","down_bytes":1536,"age_ms":90000,"note":"first"},{"id":1234,"name":null,"state":"DOWN","down_bytes":0,"age_ms":20,"note":null}],"total":9}""",
        Json(Table with { Total = 9 }));

    [Fact]
    public void Facts_in_json_are_members() => Assert.Equal(
        """{"log_level":"info","cpu":12.35,"started":"2026-01-02T03:04:05Z","uptime_ms":1500,"up":true,"things":[{"id":1}]}""",
        Json(new FactsAnswer(
            [
                new("log-level", CellType.Text, "info"),
                new("cpu", CellType.Percent, 12.3456),
                new("started", CellType.Time, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
                new("uptime", CellType.Duration, TimeSpan.FromMilliseconds(1500)),
                new("up", CellType.Flag, true),
            ],
            new TableAnswer("things", [new("id", CellType.Number)], [[1L]]))));

    [Fact]
    public void Events_and_errors_in_json()
    {
        Assert.Equal(
            """{"time":"2026-01-02T03:04:05Z","event":"CLOSE","id":7}""",
            Json(new EventAnswer(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "CLOSE", [new("id", CellType.Number, 7L)])));
        Assert.Equal("""{"error":"no such thing","usage":true}""", Json(new ErrorAnswer(ErrorKind.Usage, "no such thing")));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1023, "1023")]
    [InlineData(1024, "1K")]
    [InlineData(1536, "1.5K")]
    [InlineData(1048575, "1M")]
    [InlineData(10 << 20, "10M")]
    [InlineData(long.MaxValue, "8E")]
    public void Sizes(long bytes, string expected) => Assert.Equal(expected, CellText.Bytes(bytes));

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(999, "999ms")]
    [InlineData(1000, "1s")]
    [InlineData(1550, "1.5s")]
    [InlineData(59_999, "59.9s")]
    [InlineData(60_000, "1m")]
    [InlineData(3_599_999, "59m59s")]
    [InlineData(3_600_000, "1h")]
    [InlineData(86_399_000, "23h59m")]
    [InlineData(90_000_000, "1d1h")]
    [InlineData(-1500, "-1.5s")]
    public void Durations(long milliseconds, string expected) =>
        Assert.Equal(expected, CellText.Duration(TimeSpan.FromMilliseconds(milliseconds)));
}
