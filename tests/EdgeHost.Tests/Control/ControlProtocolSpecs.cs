using System.Text;
using System.Text.Json;
using EdgeActors.Operate.Answers;
using EdgeHost.Control;

namespace EdgeHost.Tests.Control;

public sealed class ControlProtocolSpecs
{
    private static readonly Answer[] Answers =
    [
        new TableAnswer(
            "things",
            [
                new("text", CellType.Text), new("state", CellType.State), new("number", CellType.Number), new("bytes", CellType.Bytes),
                new("percent", CellType.Percent), new("duration", CellType.Duration), new("time", CellType.Time), new("flag", CellType.Flag) { IsExtra = true },
            ],
            [
                ["a", "UP", 1L, long.MaxValue, 12.5, TimeSpan.FromMilliseconds(1500), new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), true],
                [null, null, null, null, null, null, null, null],
            ]) { Total = 9 },
        new FactsAnswer([new("a", CellType.Number, 1L), new("b", CellType.Text, null)], new TableAnswer("below", [new("id", CellType.Number)], [[1L], [2L]])),
        new EventAnswer(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), "CLOSE", [new("id", CellType.Number, 1L)]),
        new ErrorAnswer(ErrorKind.Usage, "no \"such\" thing\n"),
    ];

    private static ControlRequest? Read(string line, out string? mistake) =>
        ControlRequest.TryRead(Encoding.UTF8.GetBytes(line), out var request, out mistake) ? request : null;

    [Fact]
    public void A_request_is_words_and_a_format()
    {
        var request = Assert.IsType<ControlRequest>(Read("""{"words":["kill","--sni","ä \" x"],"format":"typed","later":{"a":[1]}}""", out _));
        Assert.Equal(["kill", "--sni", "ä \" x"], request.Words);
        Assert.Equal(ControlFormat.Typed, request.Format);
        Assert.Equal(ControlFormat.Json, Read("""{"words":[]}""", out _)!.Format);
        var again = Read(Encoding.UTF8.GetString(request.ToLine()), out _)!;
        Assert.Equal(request.Words, again.Words);
        Assert.Equal(request.Format, again.Format);
    }

    [Theory]
    [InlineData("")]
    [InlineData("status")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"words":"status"}""")]
    [InlineData("""{"words":[1]}""")]
    [InlineData("""{"words":[null]}""")]
    [InlineData("""{"words":["status"]}{}""")]
    [InlineData("""{"words":["status"]""")]
    [InlineData("""{"words":["\ud800"]}""")]
    [InlineData("""{"words":[[[[[[[[["a"]]]]]]]]]}""")]
    public void What_is_none_is_told_what_one_is(string line)
    {
        Assert.Null(Read(line, out var mistake));
        Assert.Equal("expected {\"words\": [\"status\"]}", mistake);
    }

    [Theory]
    [InlineData("\"xml\"")]
    [InlineData("1")]
    [InlineData("null")]
    public void So_is_an_unknown_format(string format)
    {
        Assert.Null(Read("{\"words\":[\"status\"],\"format\":" + format + "}", out var mistake));
        Assert.Equal("expected \"json\" or \"typed\" for \"format\"", mistake);
    }

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

    [Fact]
    public void A_line_says_what_it_is()
    {
        Assert.Equal("{\"error\":{\"message\":\"no\",\"usage\":true}}\n", Encoding.UTF8.GetString(ControlReply.Answer(new ErrorAnswer(ErrorKind.Usage, "no"), ControlFormat.Json)));
        Assert.Equal("{\"answer\":{\"a\":1}}\n", Encoding.UTF8.GetString(ControlReply.Answer(new FactsAnswer([new("a", CellType.Number, 1L)]), ControlFormat.Json)));
        Assert.Equal("{\"end\":true}\n", Encoding.UTF8.GetString(ControlReply.End));
        foreach (var answer in Answers)
            Assert.Equal(1, ControlReply.Answer(answer, ControlFormat.Typed).Count(static b => b == '\n'));
    }
}
