using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>
/// The operator's verbs. <c>GET /api/VERB/ARGUMENT?option=value</c> changes nothing and is answered with one JSON object. <c>POST /api</c>,
/// which
/// <c>edge ctl</c> uses, may do everything and is answered with lines; it is for the control socket. The page's button posts to
/// <c>/api/kill</c>.
/// </summary>
/// <param name="op">Parses and executes the words.</param>
/// <param name="token">Null: the client has been authenticated by its user, and may do everything.</param>
internal sealed class OperatorApi(IOperator op, PageToken? token)
{
    public const string Prefix = "/api";

    /// <summary>Of the answer to <c>POST /api</c> and to <c>watch</c>: one JSON value a line.</summary>
    public const string Lines = "application/x-ndjson";

    /// <summary>Its answer has no end.</summary>
    private const string Watch = "watch";

    /// <summary>Answers between two flushes.</summary>
    private const int MaxUnsent = 64;

    public Task Answer(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("POST", $"{Prefix}/kill") => Kill(context),
        ("POST", Prefix) when token is null => Order(context),
        _ => Responses.IsRead(context) ? Look(context) : Task.CompletedTask,
    };

    private Task Look(HttpContext context)
    {
        var words = Words(context.Request);
        return words[0] != Watch ? Run(context, words, Access.ReadOnly)
            : token is null ? Stream(context, new OperatorOrder(words), Access.ReadOnly)
            : Responses.Status(context, StatusCodes.Status404NotFound, "watch is for \"edge ctl\"\n");
    }

    /// <summary>The path's segments, then the options; an option without a value is a flag.</summary>
    private static List<string> Words(HttpRequest request)
    {
        List<string> words = [.. request.Path.Value![Prefix.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries).DefaultIfEmpty("")];
        foreach (var (option, values) in request.Query)
        {
            foreach (var value in values)
            {
                words.Add($"--{option}");
                if (!string.IsNullOrEmpty(value))
                    words.Add(value);
            }
        }
        return words;
    }

    private async Task Kill(HttpContext context)
    {
        if (token?.Refuses(context.Request) is { } why)
        {
            await Responses.Status(context, StatusCodes.Status403Forbidden, why + "\n");
            return;
        }
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (body.RootElement.ValueKind == JsonValueKind.Object
                && body.RootElement.TryGetProperty("id", out var id)
                    && id.ValueKind == JsonValueKind.Number
                    && id.TryGetInt64(out var number))
            {
                List<string> words = ["kill", "--id", $"{number}"];
                if (body.RootElement.TryGetProperty("node", out var other) && other.ValueKind == JsonValueKind.String)
                    words.AddRange([ClusterWords.OneNode, other.GetString()!]);
                await Run(context, words, Access.Full);
                return;
            }
        }
        catch (JsonException)
        {
            // Answered as a body without an id.
        }
        const string Expected = "expected {\"id\": NUMBER}, and \"node\": \"NAME\" where it is another node's\n";
        await Responses.Status(context, StatusCodes.Status400BadRequest, Expected);
    }

    /// <summary>One object. Of several nodes there may be several answers, some of them errors: <c>{"answers": [...]}</c>.</summary>
    private async Task Run(HttpContext context, IReadOnlyList<string> words, Access access)
    {
        var isHere = !ClusterWords.TryRead(words, out var where, out _) || where.IsHere;
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, JsonAnswers.Options))
        {
            if (!isHere)
            {
                json.WriteStartObject();
                json.WriteStartArray("answers");
            }
            await foreach (var answer in op.Run(words, access, context.RequestAborted))
            {
                JsonAnswers.Write(json, answer);
                if (isHere && answer is ErrorAnswer error)
                    context.Response.StatusCode = StatusOf(error);
                if (isHere)
                    break;
            }
            if (!isHere)
            {
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }
        await Responses.Bytes(context, bytes.WrittenMemory, "application/json");
    }

    private async Task Order(HttpContext context)
    {
        try
        {
            var format = OperatorOrderJson.Default.OperatorOrder;
            var order = await JsonSerializer.DeserializeAsync(context.Request.Body, format, context.RequestAborted);
            if (order is not null && !order.Words.Contains(null!))
            {
                await Stream(context, order, Access.Full);
                return;
            }
        }
        catch (JsonException)
        {
            // Answered as a body without words.
        }
        await Refuse(context, new ErrorAnswer(ErrorKind.Usage, "expected {\"words\": [\"status\"]}"), StatusCodes.Status400BadRequest);
    }

    private async Task Stream(HttpContext context, OperatorOrder order, Access access)
    {
        context.Response.ContentType = Lines;
        var writer = context.Response.BodyWriter;
        await using var answers = op.Run(order.Words, access, context.RequestAborted).GetAsyncEnumerator();
        var (isFirst, unsent) = (true, 0);
        while (true)
        {
            var next = answers.MoveNextAsync();
            // Answers that are available share a send(2). The flush has no token: its exception would dispose of a running enumerator.
            if (unsent == MaxUnsent || (unsent > 0 && !next.IsCompleted))
            {
                await writer.FlushAsync(CancellationToken.None);
                unsent = 0;
            }
            if (!await next)
                break;
            if (isFirst && answers.Current is ErrorAnswer error)
                context.Response.StatusCode = StatusOf(error);
            isFirst = false;
            var line = LineOf(answers.Current, order.Text);
            line.CopyTo(writer.GetMemory(line.Length));
            writer.Advance(line.Length);
            unsent++;
        }
    }

    /// <summary>As <c>edge ctl</c> reads it.</summary>
    public static async Task Refuse(HttpContext context, ErrorAnswer why, int status)
    {
        context.Response.StatusCode = status;
        await Responses.Bytes(context, LineOf(why, text: null), Lines);
    }

    private static ReadOnlyMemory<byte> LineOf(Answer answer, TextStyle? text)
    {
        if (answer is EventAnswer { Line: var (sentAs, sent) } && sentAs == text)
            return sent;
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, JsonAnswers.Options))
        {
            if (text is { } style && answer is not ErrorAnswer)
                json.WriteStringValue(TextAnswers.Render(answer, style));
            else
                JsonAnswers.Write(json, answer);
        }
        line.Write("\n"u8);
        if (answer is EventAnswer happened)
            happened.Line = new(text, line.WrittenMemory);
        return line.WrittenMemory;
    }

    private static int StatusOf(ErrorAnswer error) =>
        error.Kind == ErrorKind.Usage ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict;
}

/// <summary>The body of <c>POST /api</c> (docs/ctl-protocol.md).</summary>
/// <param name="Words">The verb, its arguments and options.</param>
/// <param name="Text">The terminal that text is for; null: answers are JSON.</param>
internal sealed record OperatorOrder(IReadOnlyList<string> Words, TextStyle? Text = null);

/// <summary>By a generator, as a trimmed build has no reflection for JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OperatorOrder))]
internal sealed partial class OperatorOrderJson : JsonSerializerContext;
