using System.Diagnostics.CodeAnalysis;

namespace EdgeActors.Cluster.Commands;

/// <summary>Where an order is carried out: <c>--cluster</c> and <c>--node NODE</c> may stand with the words of any verb. Pure.</summary>
/// <param name="Everywhere">On every node.</param>
/// <param name="Node">On this one alone; null: on the one that is asked, or everywhere.</param>
/// <param name="Words">The verb and what belongs to it.</param>
public sealed record ClusterWords(bool Everywhere, string? Node, IReadOnlyList<string> Words)
{
    public const string Cluster = "--cluster", OneNode = "--node";

    /// <summary>Whether it is an order for the node that is asked, as all are that say nothing else.</summary>
    public bool IsHere => !Everywhere && Node is null;

    /// <returns>False: the words contradict each other, or lack one.</returns>
    public static bool TryRead(IReadOnlyList<string> words, [NotNullWhen(true)] out ClusterWords? read, out string error)
    {
        ArgumentNullException.ThrowIfNull(words);
        read = null;
        error = "";
        var everywhere = false;
        string? node = null;
        var rest = new List<string>(words.Count);
        for (var i = 0; i < words.Count; i++)
        {
            // Behind it, words are nothing but words.
            if (words[i] == "--")
            {
                rest.AddRange(words.Skip(i));
                break;
            }
            if (words[i] == Cluster)
                everywhere = true;
            else if (words[i].StartsWith(OneNode + "=", StringComparison.Ordinal))
                node = words[i][(OneNode.Length + 1)..];
            else if (words[i] == OneNode && i + 1 < words.Count)
                node = words[++i];
            else if (words[i] == OneNode)
                error = $"{OneNode} needs a value: {OneNode} NODE";
            else
                rest.Add(words[i]);
        }
        if (everywhere && node is not null)
            error = $"{OneNode} names one node, and {Cluster} means all of them; expected one of the two";
        if (error.Length > 0)
            return false;
        read = new ClusterWords(everywhere, node, rest);
        return true;
    }
}
