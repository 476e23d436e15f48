using System.Text;
using EdgeActors.Node;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Operator;

namespace EdgeActors.Tests.Node;

public sealed class FloatingIpFileSpecs : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-test-");
    private readonly MemoryStream _output = new();
    private readonly EdgeLog _log;
    private readonly FloatingIpFile _file;

    public FloatingIpFileSpecs()
    {
        _log = new EdgeLog(new LogSettings(false, 1024, LogThreshold.Info), _output, TimeProvider.System);
        _file = FloatingIpFile.Beside(Path.Combine(_folder.FullName, "ctl.sock"), _log)!;
    }

    private string FilePath => Path.Combine(_folder.FullName, "ctl.sock.floating-ip");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        if (_folder.Exists)
            _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(FloatingIpState.Active, "active")]
    [InlineData(FloatingIpState.Standby, "standby")]
    [InlineData(FloatingIpState.Fault, "fault")]
    public async Task It_is_one_word_for_the_owner_alone(FloatingIpState state, string word)
    {
        Assert.Null(_file.Read());
        _file.Write(FloatingIpState.Standby);
        _file.Write(state);
        Assert.Equal(state, _file.Read());
        Assert.Equal(word, File.ReadAllText(FilePath));
        Assert.Equal([FilePath], _folder.EnumerateFiles().Select(static file => file.FullName));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Empty(await Warnings());
    }

    [Theory]
    [InlineData("")]
    [InlineData("master")]
    [InlineData("active\nstandby")]
    [InlineData("active active active active active active")]
    public async Task Garbage_tells_nothing_and_is_replaced(string text)
    {
        File.WriteAllText(FilePath, text);
        Assert.Null(_file.Read());
        _file.Write(FloatingIpState.Active);
        Assert.Equal(FloatingIpState.Active, _file.Read());
        Assert.Equal([$"floating IP: {FilePath} has no valid state and is ignored; expected active, standby or fault"], await Warnings());
    }

    /// <summary>It could lead to a pipe without a writer, or to /dev/zero: the start would not end.</summary>
    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("state")]
    public async Task A_link_is_not_followed(string target)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "state"), "active");
        File.CreateSymbolicLink(FilePath, target);
        Assert.Null(_file.Read());
        Assert.Equal([$"floating IP: {FilePath} has no valid state and is ignored; expected active, standby or fault"], await Warnings());
    }

    [Fact]
    public async Task What_cannot_be_read_tells_nothing()
    {
        Directory.CreateDirectory(FilePath);
        Assert.Null(_file.Read());
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "to.sock.floating-ip"), "/proc/self/mem");
        Assert.Null(FloatingIpFile.Beside(Path.Combine(_folder.FullName, "to.sock"), _log)!.Read());
        Assert.All(await Warnings(), static warning => Assert.Contains("floating", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_it_cannot_be_written_one_warning_is_enough()
    {
        _folder.Delete(recursive: true);
        _file.Write(FloatingIpState.Active);
        _file.Write(FloatingIpState.Standby);
        Assert.Null(_file.Read());
        Assert.StartsWith("floating IP: cannot write ", Assert.Single(await Warnings()), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_control_socket_there_is_none() => Assert.Null(FloatingIpFile.Beside(null, _log));

    private async Task<string[]> Warnings()
    {
        await _log.DisposeAsync();
        return [.. Encoding.UTF8.GetString(_output.ToArray()).Split('\n').Where(static line => line.Contains(" WARNING ", StringComparison.Ordinal))
            .Select(static line => line[(line.IndexOf(" WARNING ", StringComparison.Ordinal) + 9)..].Trim())];
    }
}
