using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeActors.Answers;

namespace EdgeHost.Admin;

/// <summary>The body of <c>POST /api</c> (docs/ctl-protocol.md).</summary>
/// <param name="Words">The verb, its arguments and options.</param>
/// <param name="Text">The terminal that text is for; null: answers are JSON.</param>
internal sealed record OperatorOrder(IReadOnlyList<string> Words, TextStyle? Text = null);

/// <summary>By a generator, as a trimmed build has no reflection for JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OperatorOrder))]
internal sealed partial class OperatorOrderJson : JsonSerializerContext;
