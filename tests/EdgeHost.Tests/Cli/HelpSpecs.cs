using System.CommandLine;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cli;

public sealed class HelpSpecs
{
    public static TheoryData<string> Paths => [.. All(EdgeCommandLine.Tree()).Select(static command => PathOf(command))];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Each_command_has_an_example_and_each_example_is_one_of_it(string path)
    {
        var root = EdgeCommandLine.Tree();
        var command = All(root).Single(command => PathOf(command) == path);
        var examples = Examples.Of(command);
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.StartsWith("edge", example.Line);
            var parsed = root.Parse(example.Arguments);
            Assert.True(parsed.Errors.Count == 0, $"{example.Line}: {string.Join(' ', parsed.Errors)}");
            // That of a command may show those below it.
            Assert.True(All(command).Contains(parsed.CommandResult.Command), $"{example.Line} is no example of {path}");
        });
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Help_ends_with_the_examples(string path)
    {
        var root = EdgeCommandLine.Tree();
        using var output = new StringWriter();
        var code = root.Parse($"{path["edge".Length..]} --help").Invoke(new InvocationConfiguration { Output = output });
        Assert.Equal(0, code);
        var text = output.ToString();
        Assert.Contains("Usage:", text);
        var examples = text[text.IndexOf("Examples:\n", StringComparison.Ordinal)..].Split('\n');
        Assert.All(Examples.Of(All(root).Single(command => PathOf(command) == path)), example =>
            Assert.Contains(
                examples,
                line =>
                    line.StartsWith($"  {example.Line}", StringComparison.Ordinal)
                        && line.EndsWith(example.Does, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Help_of_the_program_itself_is_exit_code_0()
    {
        var done = (await EdgeProcess.Run("check", "--help")).ShouldSucceed();
        Assert.Contains("edge check -c /etc/edge/edge.conf", done.Out);
        Assert.Equal("", done.Err);
    }

    private static IEnumerable<Command> All(Command command) =>
        command.Subcommands.Where(static below => !below.Hidden).SelectMany(All).Prepend(command);

    /// <summary>From the program's name on; the root's own is that of whoever runs it.</summary>
    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "edge";
}
