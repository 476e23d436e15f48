using System.Diagnostics;
using System.Text.RegularExpressions;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Cluster;

/// <summary>The commands of docs/operations.md, as they stand there.</summary>
public sealed partial class NodeCertificateSpecs
{
    [RequiresToolFact("openssl")]
    public async Task The_documented_commands_make_certificates_that_a_node_takes()
    {
        using var folder = new TestFolder();
        var commands = ShellBlock()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md")))
            .Select(static block => block.Groups[1].Value)
            .ToArray();
        Assert.Equal(2, commands.Length);
        var shell = new ProcessStartInfo(
            "sh", ["-e", "-c", string.Concat(commands)]) { WorkingDirectory = folder.Path, RedirectStandardError = true };
        using (var process = Process.Start(shell)!)
        {
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await errors);
        }
        var config = folder.Write("edge.conf", """
            edge {
              listeners.https.bind = "127.0.0.1:0"
              routes."a.example" = web
              backends.web.servers = ["127.0.0.1:9001"]
              cluster { bind = "10.0.0.1:4053", tls { certificate = node.pem, key = node.key, authority = authority.pem } }
            }
            """);
        var check = await EdgeProcess.Run(["check", "-c", config]);
        check.ShouldSucceed();
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
