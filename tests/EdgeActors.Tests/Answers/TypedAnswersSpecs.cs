using System.Text.Json;
using EdgeActors.Answers;

namespace EdgeActors.Tests.Answers;

public sealed class TypedAnswersSpecs
{
    private static readonly Answer[] Answers =
    [
        new TableAnswer(
            "things",
            [
                new("text", CellType.Text), new("state", CellType.State), new("number", CellType.Number), new("bytes", CellType.Bytes),
                new("percent", CellType.Percent), new(
                    "duration", CellType.Duration), new("time", CellType.Time), new("flag", CellType.Flag) { IsExtra = true },
            ],
            [
                [
                    "a", "UP", 1L, long.MaxValue, 12.5, TimeSpan.FromMilliseconds(1500),
                    new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), true
                ],
                [null, null, null, null, null, null, null, null],
            ]) { Total = 9 },
        new FactsAnswer(
            [new("a", CellType.Number, 1L), new("b", CellType.Text, null)],
            new TableAnswer("below", [new("id", CellType.Number)], [[1L], [2L]])),
        new EventAnswer(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), "CLOSE", [new("id", CellType.Number, 1L)]),
        new ErrorAnswer(ErrorKind.Usage, "no \"such\" thing\n"),
    ];

    [Fact]
    public void Typed_answers_come_back_as_they_were()
    {
        foreach (var answer in Answers)
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream))
                TypedAnswers.Write(json, answer);
            using var document = JsonDocument.Parse(stream.ToArray());
            var again = TypedAnswers.Read(document.RootElement);
            Assert.Equal(TextAnswers.Render(answer, TextStyle.Plain), TextAnswers.Render(again, TextStyle.Plain));
            Assert.Equal(JsonAnswers.ToUtf8(answer), JsonAnswers.ToUtf8(again));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"kind":"dream"}""")]
    [InlineData("""{"kind":"table","name":"a","columns":[{"name":"a","type":"number"}],"rows":[[]]}""")]
    [InlineData("""{"kind":"table","name":"a","columns":[{"name":"a","type":"smell"}],"rows":[]}""")]
    [InlineData("""{"kind":"facts","facts":[{"name":"a","type":"number","value":"x"}],"tables":[]}""")]
    public void What_is_no_answer_is_told_apart(string text)
    {
        using var document = JsonDocument.Parse(text);
        Assert.Throws<FormatException>(() => TypedAnswers.Read(document.RootElement));
    }
}
