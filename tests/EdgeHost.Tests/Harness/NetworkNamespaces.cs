using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Tests.Harness;

/// <summary>
/// A network of a test's own, in three namespaces of the kernel: a client's machine, a router, and Edge's machine. Nothing of it is visible
/// outside, and it is gone with the test.
/// <code>
///   client v0 ---- v0 router v1 ---- v0 edge
///   10.77.0.2      .1       10.77.1.1    .2
///   fd77:1::2     ::1        fd77:2::1  ::2
/// </code>
/// </summary>
internal sealed class NetworkNamespaces : IAsyncDisposable
{
    private const int CloneNewNet = 0x40000000;

    private static readonly Lazy<string?> s_whyNot = new(FindOut);
    private static int s_last;

    private NetworkNamespaces(string name)
    {
        Client = $"{name}-client";
        Router = $"{name}-router";
        Edge = $"{name}-edge";
    }

    /// <summary>What is missing for it here; null: nothing.</summary>
    public static string? WhyNot => s_whyNot.Value;

    public static IPAddress EdgeV4 { get; } = IPAddress.Parse("10.77.1.2");

    public static IPAddress EdgeV6 { get; } = IPAddress.Parse("fd77:2::2");

    /// <summary>The name of the client's namespace, for ip(8).</summary>
    public string Client { get; }

    public string Router { get; }

    public string Edge { get; }

    public static async Task<NetworkNamespaces> Create()
    {
        var network = new NetworkNamespaces($"edge-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}");
        try
        {
            (await Tool.Run("sh", "-e", "-c", network.Script())).ShouldSucceed();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public static BackgroundProcess Start(string place, params IEnumerable<string> command) =>
        new(Tool.Locate("ip"), ["netns", "exec", place, .. command]);

    public static Task<ToolResult> Run(string place, params IEnumerable<string> command) =>
        Tool.Run("ip", ["netns", "exec", place, .. command]);

    /// <summary>Runs a function in the namespace, on a thread of its own. Sockets that it makes belong to that namespace, also when another
    /// thread uses them.</summary>
    public static T In<T>(string place, Func<T> make)
    {
        var done = new TaskCompletionSource<T>();
        var thread = new Thread(() =>
        {
            try
            {
                using var name = File.OpenHandle($"/run/netns/{place}");
                if (SetNamespace(name, CloneNewNet) != 0)
                    throw new InvalidOperationException($"setns failed with errno {Marshal.GetLastPInvokeError()}");
                done.SetResult(make());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        thread.Start();
        thread.Join();
        return done.Task.GetAwaiter().GetResult();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in new[] { Client, Router, Edge })
            await Tool.Run("ip", "netns", "del", place);
    }

    private static string? FindOut()
    {
        string[] tools = ["ip", "setpriv", "tcpdump"];
        var missing = tools.Where(tool => Tool.Find(tool) is null).ToArray();
        if (missing.Length > 0)
            return Environment.GetEnvironmentVariable("EDGE_REQUIRE_TOOLS") == "1"
                ? null
                : $"{string.Join(" and ", missing)} not installed";
        // Rights are not to be had by installing something, so that nobody can have promised them.
        var name = $"edge-test-{Environment.ProcessId}-probe";
        var tried = Tool.Run(
            "sh", "-c",
            $"ip netns add {name} && ip -n {name} link add v0 type veth peer name v1 && ip -n {name} addr add fd77:1::1/64 dev v0; r=$?; ip netns del {name}; exit $r")
            .GetAwaiter().GetResult();
        return tried.ExitCode == 0 ? null : $"cannot make network namespaces: {tried.Err.Trim()}";
    }

    private string Script() => $"""
        for n in {Client} {Router} {Edge}; do ip netns add $n; ip -n $n link set lo up; done
        ip -n {Client} link add v0 type veth peer name v0 netns {Router}
        ip -n {Router} link add v1 type veth peer name v0 netns {Edge}
        # nodad: an IPv6 address could not be used at once (RFC 4862, 5.4).
        ip -n {Client} addr add 10.77.0.2/24 dev v0
        ip -n {Client} addr add fd77:1::2/64 dev v0 nodad
        ip -n {Router} addr add 10.77.0.1/24 dev v0
        ip -n {Router} addr add fd77:1::1/64 dev v0 nodad
        ip -n {Router} addr add 10.77.1.1/24 dev v1
        ip -n {Router} addr add fd77:2::1/64 dev v1 nodad
        ip -n {Edge} addr add 10.77.1.2/24 dev v0
        ip -n {Edge} addr add fd77:2::2/64 dev v0 nodad
        ip netns exec {Router} sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
        ip -n {Client} link set v0 up
        ip -n {Router} link set v0 up
        ip -n {Router} link set v1 up
        ip -n {Edge} link set v0 up
        ip -n {Client} route add default via 10.77.0.1
        ip -n {Client} route add default via fd77:1::1
        ip -n {Edge} route add default via 10.77.1.1
        ip -n {Edge} route add default via fd77:2::1
        """;

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static extern int SetNamespace(SafeFileHandle name, int kind);
}
