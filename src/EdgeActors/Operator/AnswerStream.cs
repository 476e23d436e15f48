using EdgeActors.Answers;

namespace EdgeActors.Operator;

/// <summary>From <see cref="OperatorActor"/> in place of an answer: there will be many.</summary>
/// <param name="Start">Begins them; ends with the token.</param>
public sealed record AnswerStream(Func<CancellationToken, IAsyncEnumerable<Answer>> Start);
