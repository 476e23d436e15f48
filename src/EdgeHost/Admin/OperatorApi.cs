using System.Buffers;
using System.Text.Json;
using EdgeActors;
using EdgeActors.Cluster.Doors;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Admin;

/// <summary>
/// The operator's verbs, <c>/api/VERB/ARGUMENT?option=value</c>, each as one JSON object. By GET nothing can be changed; what the page's button does
/// is the one POST there is.
/// </summary>
internal sealed class OperatorApi(EdgeNode node, PageToken token)
{
    public const string Prefix = "/api/";

    /// <summary>Its answer has no end.</summary>
    private const string Watch = "watch";

    public async Task Answer(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.Path == $"{Prefix}kill")
        {
            await Kill(context);
            return;
        }
        if (!Responses.IsRead(context))
            return;
        var words = Words(context.Request);
        if (words[0] == Watch)
            await Responses.Status(context, StatusCodes.Status404NotFound, "watch is for \"edge ctl\"\n");
        else
            await Run(context, words, Access.ReadOnly);
    }

    /// <summary>The path's parts, then the options; one without a value is a flag.</summary>
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
        if (token.Refuses(context.Request) is { } why)
        {
            await Responses.Status(context, StatusCodes.Status403Forbidden, why + "\n");
            return;
        }
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (body.RootElement.ValueKind == JsonValueKind.Object
                && body.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number))
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
            // As one without an id.
        }
        await Responses.Status(context, StatusCodes.Status400BadRequest, "expected {\"id\": NUMBER}, and \"node\": \"NAME\" where it is another node's\n");
    }

    private async Task Run(HttpContext context, IReadOnlyList<string> words, Access access)
    {
        var bytes = new ArrayBufferWriter<byte>();
        if (ClusterWords.TryRead(words, out var where, out _) && !where.IsHere)
        {
            await RunElsewhere(context, words, access);
            return;
        }
        await foreach (var answer in node.Operator.Run(words, access, context.RequestAborted))
        {
            using var json = new Utf8JsonWriter(bytes, JsonAnswers.Options);
            JsonAnswers.Write(json, answer);
            if (answer is ErrorAnswer error)
                context.Response.StatusCode = error.Kind == ErrorKind.Usage ? StatusCodes.Status400BadRequest : StatusCodes.Status409Conflict;
            break;
        }
        await Responses.Bytes(context, bytes.WrittenMemory, "application/json");
    }

    /// <summary>There may be several answers, some of them errors of nodes: <c>{"answers": [...]}</c>.</summary>
    private async Task RunElsewhere(HttpContext context, IReadOnlyList<string> words, Access access)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, JsonAnswers.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("answers");
            await foreach (var answer in node.Operator.Run(words, access, context.RequestAborted))
                JsonAnswers.Write(json, answer);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        await Responses.Bytes(context, bytes.WrittenMemory, "application/json");
    }
}
