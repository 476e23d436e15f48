using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeLoad.Compare;

/// <summary>A proxy of the comparison.</summary>
/// <param name="Start">Starts a process of the proxy, and returns when the process accepts connections.</param>
internal sealed record Contender(string Name, Func<(int Port, int Pid)> Start);

/// <summary>The proxies that are compared, each on CPU 0, with the files of <c>bench/peers</c>.</summary>
/// <param name="backendPort">The backend's port for connections with a PROXY header.</param>
/// <param name="plainPort">Its port for those without.</param>
internal sealed class Contenders(Children children, int backendPort, int plainPort)
{
    public const string ServerName = "bench.edge.test";
    public const int Cpu = 0;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="assembly">Its <c>edge.dll</c>.</param>
    /// <param name="settings">Keys below <c>edge</c> that differ from <c>peers/edge.conf</c>, as HOCON lines.</param>
    public Contender Edge(string name, string assembly, IEnumerable<string> settings)
    {
        const string Bound = "listener tls on 127.0.0.1:";
        Console.WriteLine($"{name}: {Said(Tools.Dotnet, assembly, "--version").Trim()}");
        var own = settings.Select(static line => "edge." + line);
        var file = Write("edge.conf", name + ".conf", 0, "", string.Join('\n', own));
        return new Contender(name, () =>
        {
            var (pid, line) = children.Start(
                Cpu, Tools.Dotnet, [assembly, "run", "-c", file],
                static line => line.Contains(Bound, StringComparison.Ordinal));
            var port = line!.Split(Bound)[1].TakeWhile(char.IsAsciiDigit);
            return (int.Parse([.. port], CultureInfo.InvariantCulture), pid);
        });
    }

    /// <returns>Null, with a message, where it is not installed.</returns>
    public Contender? Peer(string name) => name switch
    {
        "haproxy" => Haproxy(name, "haproxy-tuned.cfg"),
        "haproxy-copy" => Haproxy(name, "haproxy-copy.cfg"),
        _ => Nginx(name),
    };

    /// <param name="configuration">One of the <c>peers/haproxy-*.cfg</c>.</param>
    private Contender? Haproxy(string name, string configuration)
    {
        if (Tools.Find("haproxy", "HAPROXY") is not { } haproxy)
            return Missing(name, "haproxy is not installed");
        Console.WriteLine($"{name}: {FirstLine(haproxy, "-v")}");
        return new Contender(name, () =>
        {
            var port = FreePort();
            return Ready(name, port, children.Start(Cpu, haproxy, ["-db", "-f", Write(configuration, name + ".cfg", port)]).Pid);
        });
    }

    private Contender? Nginx(string name)
    {
        if (Tools.Find("nginx", "NGINX") is not { } nginx)
            return Missing(name, "nginx is not installed");
        if (StreamModule(nginx) is not { } load)
            return Missing(name, "nginx has no stream module; NGINX_MODULES may name the folder of ngx_stream_module.so");
        Console.WriteLine($"{name}: {FirstLine(nginx, "-v")}");
        return new Contender(name, () =>
        {
            var port = FreePort();
            var file = Write("nginx-stream.conf", name + ".conf", port, load);
            return Ready(name, port, children.Start(Cpu, nginx, ["-p", children.Folder, "-c", file]).Pid);
        });
    }

    /// <returns>The line that loads it, empty where it is built in, null where there is none.</returns>
    private static string? StreamModule(string nginx)
    {
        string?[] folders = [Environment.GetEnvironmentVariable("NGINX_MODULES"), "/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"];
        var module = folders.OfType<string>().Select(static f => Path.Combine(f, "ngx_stream_module.so")).FirstOrDefault(File.Exists);
        if (module is not null)
            return $"load_module {module};";
        var flags = Said(nginx, "-V").Split(' ', '\n');
        return flags.Contains("--with-stream") && flags.Contains("--with-stream_ssl_preread_module") ? "" : null;
    }

    private static string FirstLine(string program, string argument) => Said(program, argument).Split('\n')[0];

    /// <summary>What it says about itself, on whichever output.</summary>
    private static string Said(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    private static Contender? Missing(string name, string why)
    {
        Console.Error.WriteLine($"{name} is left out: {why}");
        return null;
    }

    private (int Port, int Pid) Ready(string name, int port, int pid)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Patience;)
        {
            if (children.Ended(pid) is { } said)
                throw new InvalidOperationException($"{name} has ended by itself:\n{said}");
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, port);
                return (port, pid);
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }
        throw new InvalidOperationException($"{name} does not listen on port {port} after {Patience.TotalSeconds} s");
    }

    /// <summary>These two cannot tell which port the kernel chose, so one is chosen for them; somebody else might take it in
    /// between.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Write(string template, string name, int port, string modules = "", string more = "")
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", template))
            .Replace("@listen@", $"{port}", StringComparison.Ordinal)
            .Replace("@backend@", $"{backendPort}", StringComparison.Ordinal)
            .Replace("@plain@", $"{plainPort}", StringComparison.Ordinal)
            .Replace("@name@", ServerName, StringComparison.Ordinal)
            .Replace("@modules@", modules, StringComparison.Ordinal)
            .Replace("@folder@", children.Folder, StringComparison.Ordinal);
        var file = Path.Combine(children.Folder, name);
        File.WriteAllText(file, text + more + "\n");
        return file;
    }
}
