namespace EdgeActors.Answers;

/// <summary>
/// What a verb has to say, in no particular form: <see cref="TextAnswers"/> makes a table for people of it, <see cref="JsonAnswers"/> an object for
/// programs, and a page may make what it likes.
/// </summary>
public abstract record Answer;

/// <summary>Things of one kind, a row each.</summary>
/// <param name="Name">What they are, in the plural: a key in JSON.</param>
/// <param name="Columns">At least one.</param>
/// <param name="Rows">As many cells as columns; each of the type of its column, or null where there is nothing to say.</param>
public sealed record TableAnswer(string Name, IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows) : Answer
{
    /// <summary>How many there are in all, where not all of them are here.</summary>
    public long? Total { get; init; }

    /// <summary>A table with a row for each item.</summary>
    public static TableAnswer Of<T>(string name, IEnumerable<T> items, params IReadOnlyList<Column<T>> columns) => new(
        name,
        [.. columns.Select(static column => new Column(column.Name, column.Type) { IsExtra = column.IsExtra })],
        [.. items.Select(IReadOnlyList<object?> (item) => [.. columns.Select(column => column.Get(item))])]);
}

/// <summary>One thing and what is known of it.</summary>
/// <param name="Facts">In the order of their weight; names are unique.</param>
/// <param name="Tables">What belongs to it; names are unique, and none is a fact's.</param>
public sealed record FactsAnswer(IReadOnlyList<Fact> Facts, params IReadOnlyList<TableAnswer> Tables) : Answer;

/// <summary>Something that happened.</summary>
/// <param name="Kind">In capitals, as in the log: CLOSE.</param>
public sealed record EventAnswer(DateTimeOffset When, string Kind, IReadOnlyList<Fact> Facts) : Answer;

/// <summary>It could not be done: the words make no sense (<see cref="ErrorKind.Usage"/>), or the node has not done it.</summary>
/// <param name="Message">One sentence, or several on lines of their own.</param>
public sealed record ErrorAnswer(ErrorKind Kind, string Message) : Answer;

public enum ErrorKind
{
    Usage,
    Failed,
}

/// <param name="Name">In small letters, with '-' between words.</param>
/// <param name="Type">Of all cells.</param>
public sealed record Column(string Name, CellType Type)
{
    /// <summary>A narrow screen does without it.</summary>
    public bool IsExtra { get; init; }
}

/// <param name="Get">The cell of an item.</param>
public readonly record struct Column<T>(string Name, CellType Type, Func<T, object?> Get, bool IsExtra = false);

/// <param name="Name">As a column's.</param>
/// <param name="Value">Of the type, or null.</param>
public sealed record Fact(string Name, CellType Type, object? Value);

/// <summary>
/// Which type a cell has, and how it reads. Texts and states (a word, good or bad) are strings, numbers and bytes <see cref="long"/>,
/// percents <see cref="double"/> from 0 to 100, durations <see cref="TimeSpan"/>, times <see cref="DateTimeOffset"/>, flags <see cref="bool"/>.
/// </summary>
public enum CellType
{
    Text,
    State,
    Number,
    Bytes,
    Percent,
    Duration,
    Time,
    Flag,
}

/// <summary>The one way in for everybody who operates a node: the control socket, pbm, and pages.</summary>
public interface IOperator
{
    /// <summary>Does what the words say. The verbs are in <c>OperatorVerb.All</c>.</summary>
    /// <param name="words">A verb and what belongs to it: <c>kill --backend web</c> in three words.</param>
    /// <param name="cancel">Ends answers that would go on (watch, a kill over some time). Verbs with one answer give it all the same.</param>
    /// <returns>One answer for most verbs, many for some; one <see cref="ErrorAnswer"/> in place of an exception.</returns>
    IAsyncEnumerable<Answer> Run(IReadOnlyList<string> words, Access access, CancellationToken cancel);
}

/// <summary>What an operator may do; read-only access is refused verbs that change something.</summary>
public enum Access
{
    ReadOnly,
    Full,
}
