using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Config;

namespace EdgeActors.Cluster.Commands;

/// <summary>How an order gets to another node.</summary>
/// <param name="address">As <see cref="ClusterMember.Address"/>.</param>
/// <returns>Never fails: an error is an answer.</returns>
public delegate Task<IReadOnlyList<Answer>> SendOrder(string address, IReadOnlyList<string> words, Access access);

/// <summary>Carries out a command on the nodes that it names, all at once.</summary>
/// <returns>This node's answers first; a node that does not answer in time has an error in place of its answer.</returns>
public delegate Task<IReadOnlyList<NodeAnswer>> RunOnNodes(ClusterWords words, Access access, CancellationToken cancel);

/// <summary>Runs commands for this node on its own operator and sends those for other nodes to them.</summary>
public sealed class ClusterCommands(Func<ClusterPicture> picture, IOperator here, SendOrder forward)
{
    /// <summary>The node's name, or its address where two nodes have the same name.</summary>
    public static string LabelOf(ClusterMember member, IReadOnlyList<ClusterMember> all) =>
        all.Count(other => other.Name == member.Name) == 1 ? member.Name : member.Address;

    public async Task<IReadOnlyList<NodeAnswer>> Run(ClusterWords words, Access access, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(words);
        var members = picture().Members;
        if (members.Count == 0)
            return [new("this node", new ErrorAnswer(ErrorKind.Failed, "it is in no cluster now, so nobody else can be asked"))];
        var meant = words.Node is { } name ? [.. members.Where(member => member.Name == name || member.Address == name)] : members;
        if (meant.Count != 1 && words.Node is { } unclear)
            return [new(unclear, Unclear(members, meant.Count, unclear))];
        var answers = meant.OrderByDescending(static member => member.IsSelf)
            .Select(member => One(member, LabelOf(member, members), words, access, cancel));
        return [.. (await Task.WhenAll(answers).ConfigureAwait(false)).SelectMany(static all => all)];
    }

    private async Task<IEnumerable<NodeAnswer>> One(
        ClusterMember member, string label, ClusterWords words, Access access, CancellationToken cancel)
    {
        if (!member.IsSelf)
            return (await forward(member.Address, words.Words, access).ConfigureAwait(false))
                .Select(answer => new NodeAnswer(label, answer));
        var answers = new List<NodeAnswer>();
        await foreach (var answer in here.Run(words.Words, access, cancel).ConfigureAwait(false))
            answers.Add(new NodeAnswer(label, answer));
        return answers;
    }

    private static ErrorAnswer Unclear(IReadOnlyList<ClusterMember> members, int fitting, string name)
    {
        var known = members.Select(member => LabelOf(member, members)).ToArray();
        return new ErrorAnswer(ErrorKind.Failed, fitting == 0
            ? $"there is no such node{Nearest.Hint(name, known)}"
            : $"{fitting} nodes are called so; expected one of {string.Join(", ", known)}");
    }
}

/// <summary>Where an order is carried out: <c>--cluster</c> and <c>--node NODE</c> may stand with the words of any verb. Pure.</summary>
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
            // After "--" there are no options.
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

/// <summary>What one node has said.</summary>
public sealed record NodeAnswer(string Node, Answer Answer);

/// <summary>Merges the answers of several nodes, so that each line and each object names its node. Pure.</summary>
public static class ClusterAnswers
{
    private const string Node = "node";

    private static readonly Column NodeColumn = new(Node, CellType.Text);

    /// <summary>Tables with the same columns become one; other answers stay separate; errors come last.</summary>
    /// <param name="answers">In the order in which they are to be shown.</param>
    public static IEnumerable<Answer> Merge(IReadOnlyList<NodeAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var done = answers.Where(static one => one.Answer is not ErrorAnswer).ToArray();
        if (One(done) is { } one)
        {
            yield return one;
        }
        else
        {
            foreach (var (node, answer) in done)
                yield return Named(node, answer);
        }
        foreach (var (node, answer) in answers)
        {
            if (answer is ErrorAnswer error)
                yield return error with { Message = $"{node}: {error.Message}" };
        }
    }

    /// <returns>Null where they are not all tables of the same kind.</returns>
    private static TableAnswer? One(NodeAnswer[] answers)
    {
        if (answers.Length == 0 || answers[0].Answer is not TableAnswer first)
            return null;
        var rows = new List<IReadOnlyList<object?>>();
        var (total, cut) = (0L, false);
        foreach (var (node, answer) in answers)
        {
            if (answer is not TableAnswer table || table.Name != first.Name || !table.Columns.SequenceEqual(first.Columns))
                return null;
            rows.AddRange(table.Rows.Select(row => (IReadOnlyList<object?>)[node, .. row]));
            total += table.Total ?? table.Rows.Count;
            cut |= table.Total is not null;
        }
        return new TableAnswer(first.Name, [NodeColumn, .. first.Columns], rows) { Total = cut ? total : null };
    }

    private static Answer Named(string node, Answer answer) => answer switch
    {
        TableAnswer table => table with
        {
            Columns = [NodeColumn, .. table.Columns],
            Rows = [.. table.Rows.Select(row => (IReadOnlyList<object?>)[node, .. row])],
        },
        FactsAnswer facts => facts with { Facts = Headed(node, facts.Facts) },
        EventAnswer happened => new EventAnswer(happened.When, happened.Kind, Headed(node, happened.Facts)),
        _ => answer,
    };

    private static Fact[] Headed(string node, IReadOnlyList<Fact> facts) =>
        [new Fact(Node, CellType.Text, node), .. facts.Where(static fact => fact.Name != Node)];
}

/// <summary>To <see cref="ClusterGateway.Peers"/>: a command for another node. Answered with a list of <see cref="Answer"/>.</summary>
/// <param name="Address">As <see cref="ClusterMember.Address"/>.</param>
internal sealed record ForwardOrder(string Address, IReadOnlyList<string> Words, Access Access)
{
    /// <summary>From the command to the first piece of its answer.</summary>
    public static readonly TimeSpan FirstTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Between two pieces of an answer after the first: leaving the cluster takes long.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    /// <summary>For all of it.</summary>
    public static readonly TimeSpan Timeout = AnswerTimeout + TimeSpan.FromSeconds(10);
}

/// <summary>Answers on their way from node to node: as <see cref="TypedAnswers"/> has them, a line each. Pure.</summary>
internal static class AnswerLines
{
    /// <summary>Bytes; the longest list of connections has some 2 MB.</summary>
    public const int MaxLength = 16 << 20;

    public static byte[] Write(IReadOnlyList<Answer> answers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var answer in answers)
        {
            using (var json = new Utf8JsonWriter(buffer, JsonAnswers.Options))
                TypedAnswers.Write(json, answer);
            buffer.Write("\n"u8);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="FormatException">They were written by something else, or by a later version.</exception>
    public static IReadOnlyList<Answer> Read(byte[] text)
    {
        var answers = new List<Answer>();
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                answers.Add(TypedAnswers.Read(document.RootElement));
            }
            catch (JsonException e)
            {
                throw new FormatException(e.Message, e);
            }
        }
        return answers;
    }
}
