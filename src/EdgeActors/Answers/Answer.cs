namespace EdgeActors.Answers;

/// <summary>The answer of a verb, rendered by <see cref="TextAnswers"/>, <see cref="JsonAnswers"/> or a page.</summary>
public abstract record Answer;

/// <summary>Items of one kind, one per row.</summary>
/// <param name="Name">Kind of the items, in the plural; a key in JSON.</param>
/// <param name="Columns">At least one.</param>
/// <param name="Rows">One cell per column, of the column's type; null: no value.</param>
public sealed record TableAnswer(string Name, IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows) : Answer
{
    /// <summary>Number of all items; null: all are in the rows.</summary>
    public long? Total { get; init; }

    public static TableAnswer Of<T>(string name, IEnumerable<T> items, params IReadOnlyList<Column<T>> columns) => new(
        name,
        [.. columns.Select(static column => new Column(column.Name, column.Type) { IsExtra = column.IsExtra })],
        [.. items.Select(IReadOnlyList<object?> (item) => [.. columns.Select(column => column.Get(item))])]);
}

/// <summary>One item and its properties.</summary>
/// <param name="Facts">By importance; names are unique.</param>
/// <param name="Tables">Names are unique, also among the facts.</param>
public sealed record FactsAnswer(IReadOnlyList<Fact> Facts, params IReadOnlyList<TableAnswer> Tables) : Answer;

/// <param name="Kind">In capitals, as in the log: CLOSE.</param>
public sealed record EventAnswer(DateTimeOffset When, string Kind, IReadOnlyList<Fact> Facts) : Answer
{
    /// <summary>The line sent last, and its style (null: JSON), so that watchers of one style share it.</summary>
    internal Tuple<TextStyle?, ReadOnlyMemory<byte>>? Line { get; set; }
}

/// <summary>The words are invalid (<see cref="ErrorKind.Usage"/>), or the node could not carry them out.</summary>
/// <param name="Message">One or more lines, one sentence each.</param>
public sealed record ErrorAnswer(ErrorKind Kind, string Message) : Answer;

public enum ErrorKind
{
    Usage,
    Failed,
}

/// <param name="Name">In lower case, with '-' between words.</param>
public sealed record Column(string Name, CellType Type)
{
    /// <summary>Left out on a narrow screen.</summary>
    public bool IsExtra { get; init; }
}

public readonly record struct Column<T>(string Name, CellType Type, Func<T, object?> Get, bool IsExtra = false);

/// <param name="Name">As a column's.</param>
/// <param name="Value">Of the type, or null.</param>
public sealed record Fact(string Name, CellType Type, object? Value);

/// <summary>Type of a cell. Texts and states are <see cref="string"/>, numbers and bytes <see cref="long"/>, percents <see cref="double"/>
/// from 0 to 100, durations <see cref="TimeSpan"/>, times <see cref="DateTimeOffset"/>, flags <see cref="bool"/>.</summary>
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

/// <summary>The operators' interface to a node, for control socket, pbm and pages.</summary>
public interface IOperator
{
    /// <summary>Executes a verb of <c>OperatorVerb.All</c>.</summary>
    /// <param name="words">A verb and its arguments: <c>kill --backend web</c> is three words.</param>
    /// <param name="cancel">Ends answers without an end of their own (watch, a kill over some time). Other verbs ignore it.</param>
    /// <returns>One answer for most verbs. An exception becomes one <see cref="ErrorAnswer"/>.</returns>
    IAsyncEnumerable<Answer> Run(IReadOnlyList<string> words, Access access, CancellationToken cancel);
}

/// <summary>What an operator may do; read-only access is refused verbs that change something.</summary>
public enum Access
{
    ReadOnly,
    Full,
}
