using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Config;

namespace EdgeActors.Cluster.Commands;

/// <summary>How an order gets to another node.</summary>
/// <param name="address">As <see cref="ClusterMember.Address"/>.</param>
/// <returns>Never fails: what goes wrong is an answer.</returns>
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
        var meant = words.Node is { } name ? [.. members.Where(member => Is(member, name))] : members;
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

    private static bool Is(ClusterMember member, string name) => member.Name == name || member.Address == name;

    private static ErrorAnswer Unclear(IReadOnlyList<ClusterMember> members, int fitting, string name)
    {
        var known = members.Select(member => LabelOf(member, members)).ToArray();
        return new ErrorAnswer(ErrorKind.Failed, fitting == 0
            ? $"there is no such node{Nearest.Hint(name, known)}"
            : $"{fitting} nodes are called so; expected one of {string.Join(", ", known)}");
    }
}
