namespace EdgeLoad.Compare;

/// <summary>Where programs are. Servers are often where only root's path leads.</summary>
internal static class Tools
{
    /// <summary>The host that runs assemblies: this very one, unless this program came by its own launcher.</summary>
    public static string Dotnet => Environment.ProcessPath is { } self && Path.GetFileName(self) == "dotnet" ? self : "dotnet";

    /// <param name="variable">An environment variable that may name another one.</param>
    public static string? Find(string program, string? variable = null) =>
        (variable is null ? null : Environment.GetEnvironmentVariable(variable))
        ?? $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>The root of the repository that this program was built in, or that the current directory is in.</summary>
    public static string? Repository()
    {
        foreach (var start in (string[])[AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Edge.sln")))
                    return folder.FullName;
            }
        }
        return null;
    }
}
