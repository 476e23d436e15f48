using System.Text.RegularExpressions;
using NetArchTest.Rules;

namespace EdgeActors.Tests;

/// <summary>Each folder of EdgeActors uses only the folders before it. The order is listed in docs/architecture.md.</summary>
public sealed partial class LayerSpecs
{
    private const string Root = "EdgeActors";

    /// <summary>From the lowest to the highest; above them is the composition root, in the namespace itself.</summary>
    private static readonly string[] Layers =
    [
        "Settings", "Tls", "Protocol", "Config", "Transport", "Telemetry", "Resources", "Routing", "Health", "Admission", "Connection", "Listening",
        "Node", "Statistics", "Answers", "Cluster", "Operator",
    ];

    private static readonly Types All = Types.InAssembly(typeof(EdgeNode).Assembly);

    public static TheoryData<string> EachLayer() => [.. Layers];

    [Theory]
    [MemberData(nameof(EachLayer))]
    public void It_uses_no_layer_above_it(string layer)
    {
        string[] above = [
            .. Layers.SkipWhile(other => other != layer).Skip(1).Select(static other => $"{Root}.{other}"), $"{Root}.{nameof(EdgeNode)}"
        ];
        var result = All.That().ResideInNamespaceStartingWith($"{Root}.{layer}").ShouldNot().HaveDependencyOnAny(above).GetResult();
        Assert.True(
            result.IsSuccessful,
            $"{layer} uses a layer above it: {string.Join(", ", result.FailingTypes?.Select(static type => type.FullName) ?? [])}");
    }

    [Fact]
    public void Every_folder_has_its_place_in_the_order()
    {
        var namespaces = typeof(EdgeNode).Assembly.GetTypes().Select(static type => type.Namespace ?? "");
        Assert.Equal(
            Layers.Order(),
            namespaces.Where(static name => name.StartsWith($"{Root}.", StringComparison.Ordinal))
                .Select(static name => name.Split('.')[1])
                .Distinct()
                .Order());
    }

    [Fact]
    public void The_documentation_lists_the_same_order()
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "architecture.md"));
        Assert.Equal(Layers, Row().Matches(page).Select(static match => match.Groups[1].Value));
    }

    /// <summary>A row of the table of layers.</summary>
    [GeneratedRegex(@"^\| `(\w+)/` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
