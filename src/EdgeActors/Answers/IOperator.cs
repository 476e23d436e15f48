namespace EdgeActors.Answers;

/// <summary>The one way in for everybody who operates a node: the control socket, pbm, and pages.</summary>
public interface IOperator
{
    /// <summary>Does what the words say. The verbs are in <c>OperatorVerb.All</c>.</summary>
    /// <param name="words">A verb and what belongs to it: <c>kill --backend web</c> in three words.</param>
    /// <param name="cancel">Ends answers that would go on (watch, a kill over some time). Verbs with one answer give it all the same.</param>
    /// <returns>One answer for most verbs, many for some; one <see cref="ErrorAnswer"/> in place of an exception.</returns>
    IAsyncEnumerable<Answer> Run(IReadOnlyList<string> words, Access access, CancellationToken cancel);
}

/// <summary>What somebody may do.</summary>
public enum Access
{
    /// <summary>Look; verbs that change something are refused.</summary>
    ReadOnly,

    /// <summary>Everything.</summary>
    Full,
}
