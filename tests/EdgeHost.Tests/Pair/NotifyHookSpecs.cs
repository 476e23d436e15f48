using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary><c>docker/keepalived/notify.sh</c> with a stand-in for Edge that takes its time.</summary>
public sealed class NotifyHookSpecs : IDisposable
{
    private static readonly string s_script = Path.Combine(Repository.Root, "docker", "keepalived", "notify.sh");

    private readonly TestFolder _folder = new();

    private string[] Told => File.Exists(_folder.File("told")) ? File.ReadAllLines(_folder.File("told")) : [];

    public void Dispose() => _folder.Dispose();

    [RequiresToolFact("flock")]
    public async Task The_words_of_keepalived_become_Edges()
    {
        foreach (var state in (string[])["MASTER", "BACKUP", "FAULT", "DELETED"])
            (await Run($"notify INSTANCE edge {state} 200")).ShouldSucceed();
        Assert.Equal(["active", "standby", "fault", "fault"], Told);
        Assert.Equal(2, (await Run("notify INSTANCE edge UP 200")).ExitCode);
        Assert.Equal(2, (await Run("notify")).ExitCode);
        Assert.Equal(4, Told.Length);
        // It outlives the keepalived that has started it.
        (await Run("notify INSTANCE edge STOP 0")).ShouldSucceed();
        await Eventually.True(() => Told is [_, _, _, _, "fault"], () => string.Join('\n', Told));
    }

    [RequiresToolFact("flock")]
    public async Task Whatever_comes_to_an_end_when_the_last_change_is_told_last()
    {
        // Started as keepalived does: by one fork each, or a shell in between could turn their order round.
        (await Run("""
            i=0
            while [ $i -lt 5 ]; do
                for state in BACKUP MASTER FAULT; do exec $hook INSTANCE edge $state 200 & done
                i=$((i + 1))
            done
            exec $hook INSTANCE edge MASTER 200 &
            wait
            """)).ShouldSucceed();
        Assert.Equal("active", Told[^1]);
    }

    private Task<ToolResult> Run(string script)
    {
        var edge = _folder.Write("edge", $"""
            sleep 0.0$(($$ % 7))
            echo "$3" >>{_folder.File("told")}

            """);
        return Tool.Run("sh", "-c", $"""
            export EDGE_ENV=/nonexistent EDGE='sh {edge}' EDGE_NOTIFY_STATE={_folder.File("state")}
            hook={s_script}
            notify() (exec $hook "$@")
            {script}
            """);
    }
}
