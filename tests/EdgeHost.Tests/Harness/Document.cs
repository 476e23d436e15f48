namespace EdgeHost.Tests.Harness;

/// <summary>Files of <c>docs/</c> that specs write.</summary>
internal static class Document
{
    /// <summary>With <c>EDGE_WRITE_DOCS=1</c> it is so afterwards.</summary>
    public static async Task ShouldBe(string name, string text)
    {
        var file = Path.Combine(Repository.Root, "docs", name);
        if (Environment.GetEnvironmentVariable("EDGE_WRITE_DOCS") == "1")
            await File.WriteAllTextAsync(file, text);
        Assert.Equal(await File.ReadAllTextAsync(file), text);
    }
}
