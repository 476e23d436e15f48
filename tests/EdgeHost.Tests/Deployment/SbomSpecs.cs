using System.Text.Json;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Deployment;

/// <summary>build/Sbom.cs tells what the program is made of. A whole compilation of it, so nothing is to run beside it.</summary>
[Collection(Heavy.Name)]
public sealed class SbomSpecs : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_names_every_library_and_refers_to_no_other()
    {
        using var sbom = JsonDocument.Parse(await File.ReadAllBytesAsync(await Write("sbom.json", "deb:libc6=2.36-9+deb12u10")));
        Assert.Equal("CycloneDX", sbom.RootElement.GetProperty("bomFormat").GetString());
        Assert.Equal("edge", sbom.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString());
        var components = sbom.RootElement.GetProperty("components")
            .EnumerateArray()
            .ToDictionary(static part => part.GetProperty("name").GetString()!);
        Assert.Equal(Libraries().Append("libc6").Order(), components.Keys.Order());
        Assert.DoesNotContain(components.Keys, static name => name.Contains("Lightning", StringComparison.OrdinalIgnoreCase));
        var commandLine = components["System.CommandLine"];
        Assert.StartsWith("pkg:nuget/System.CommandLine@", commandLine.GetProperty("purl").GetString());
        Assert.Matches("^[0-9a-f]{128}$", commandLine.GetProperty("hashes")[0].GetProperty("content").GetString());
        Assert.Equal("pkg:deb/debian/libc6@2.36-9%2Bdeb12u10", components["libc6"].GetProperty("purl").GetString());

        var references = components.Values.Append(sbom.RootElement.GetProperty("metadata").GetProperty("component"))
            .Select(static part => part.GetProperty("bom-ref").GetString()).ToHashSet();
        Assert.Equal(components.Count + 1, references.Count);
        foreach (var dependency in sbom.RootElement.GetProperty("dependencies").EnumerateArray())
        {
            Assert.Contains(dependency.GetProperty("ref").GetString(), references);
            Assert.All(dependency.GetProperty("dependsOn").EnumerateArray(), needed => Assert.Contains(needed.GetString(), references));
        }
    }

    [Fact]
    public async Task The_same_program_gives_the_same_bytes() =>
        Assert.Equal(await File.ReadAllBytesAsync(await Write("one.json")), await File.ReadAllBytesAsync(await Write("two.json")));

    private static string Deps => Path.Combine(AppContext.BaseDirectory, "edge.deps.json");

    private static IEnumerable<string> Libraries()
    {
        using var deps = JsonDocument.Parse(File.ReadAllBytes(Deps));
        return [.. deps.RootElement.GetProperty("libraries").EnumerateObject().Select(static library => library.Name.Split('/')[0]).Where(static name => name != "edge")];
    }

    private async Task<string> Write(string name, params string[] more)
    {
        (
            await Tool.Run(
                "dotnet",
                [
                    "run", "--file", Path.Combine(Repository.Root, "build", "Sbom.cs"), "--", Deps, _folder.File(name), .. more
                ])).ShouldSucceed();
        return _folder.File(name);
    }
}
