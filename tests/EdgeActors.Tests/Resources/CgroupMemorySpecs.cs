using EdgeActors.Resources;

namespace EdgeActors.Tests.Resources;

/// <summary>On files as the kernel has them, of both versions, inside a container and outside.</summary>
public sealed class CgroupMemorySpecs : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Version_2_in_a_container()
    {
        Process("0::/\n", $"31 23 0:27 / {_folder.FullName}/sys rw - cgroup2 cgroup2 rw,nsdelegate\n");
        Group(
            "sys",
            ("memory.max", "1000\n"),
            ("memory.current", "700\n"),
            ("memory.stat", "anon 500\nfile 200\ninactive_anon 7\ninactive_file 150\nactive_file 50\n"));
        Assert.Equal(new MemoryUse(550, 1000), Find()!.Read());
        // Not looked at where it does not matter.
        Assert.Equal(new MemoryUse(550, 1000), Find()!.Read(70));
        Assert.Equal(new MemoryUse(700, 1000), Find()!.Read(70.1));
    }

    [Fact]
    public void Version_2_of_a_service_whose_slice_is_fuller()
    {
        Process("0::/system.slice/edge.service\n", $"31 23 0:27 / {_folder.FullName}/sys rw - cgroup2 cgroup2 rw\n");
        Group("sys/system.slice/edge.service", ("memory.max", "1000\n"), ("memory.current", "100\n"), ("memory.stat", ""));
        Group("sys/system.slice", ("memory.max", "2000\n"), ("memory.current", "1900\n"), ("memory.stat", "inactive_file 100\n"));
        Assert.Equal(new MemoryUse(1800, 2000), Find()!.Read());
    }

    [Fact]
    public void Version_1_seen_from_inside_a_container_by_the_name_that_it_has_outside()
    {
        Process(
            "5:devices:/docker/1f2e\n4:memory:/docker/1f2e\n0::/\n",
            $"30 23 0:26 /docker/1f2e {_folder.FullName}/dev rw - cgroup cgroup rw,devices\n31 23 0:27 /docker/1f2e {_folder.FullName}/mem rw - cgroup cgroup rw,memory\n32 23 0:28 / {_folder.FullName}/two rw - cgroup2 cgroup2 rw\n");
        Group(
            "mem",
            ("memory.limit_in_bytes", "1000\n"),
            ("memory.usage_in_bytes", "900\n"),
            ("memory.stat", "inactive_file 1\ntotal_inactive_file 200\n"));
        Assert.Equal(new MemoryUse(700, 1000), Find()!.Read());
    }

    [Fact]
    public void Version_1_beside_version_2_without_a_memory_controller()
    {
        Process("4:cpu,memory:/edge\n0::/edge\n", $"31 23 0:27 / {_folder.FullName}/mem rw shared:9 - cgroup cgroup rw,cpu,memory\n32 23 0:28 / {_folder.FullName}/two rw - cgroup2 cgroup2 rw\n");
        Group("mem/edge", ("memory.limit_in_bytes", "1000\n"), ("memory.usage_in_bytes", "900\n"), ("memory.stat", ""));
        Group("mem", ("memory.limit_in_bytes", "9223372036854771712\n"), ("memory.usage_in_bytes", "5000\n"), ("memory.stat", ""));
        Assert.Equal(new MemoryUse(900, 1000), Find()!.Read());
    }

    [Theory]
    [InlineData("max\n")]
    [InlineData("")]
    [InlineData("nonsense")]
    public void Without_a_limit_there_is_nothing_to_say(string limit)
    {
        Process("0::/\n", $"31 23 0:27 / {_folder.FullName}/sys rw - cgroup2 cgroup2 rw\n");
        Group("sys", ("memory.max", limit), ("memory.current", "700\n"), ("memory.stat", ""));
        Assert.Null(Find()!.Read());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("0::/\n", "")]
    [InlineData("nonsense\n::\n", "nonsense\n- - -\n")]
    public void Without_a_group_neither(string groups, string mounts)
    {
        Process(groups, mounts);
        Assert.Null(Find());
        Assert.Null(CgroupMemory.Find("/nowhere"));
    }

    [Fact]
    public void This_process_can_be_asked()
    {
        if (CgroupMemory.Find()?.Read() is { } use)
            Assert.InRange(use.Used, 1, use.Limit);
    }

    private CgroupMemory? Find() => CgroupMemory.Find(_folder.FullName);

    private void Process(string groups, string mounts)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "cgroup"), groups);
        File.WriteAllText(Path.Combine(_folder.FullName, "mountinfo"), mounts);
    }

    private void Group(string folder, params ReadOnlySpan<(string Name, string Text)> files)
    {
        var path = Directory.CreateDirectory(Path.Combine(_folder.FullName, folder)).FullName;
        foreach (var (name, text) in files)
            File.WriteAllText(Path.Combine(path, name), text);
    }
}
