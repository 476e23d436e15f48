using System.Net;

namespace HaproxyImport;

/// <summary>The <c>server</c> and <c>server-template</c> lines of a backend, over those of <c>default-server</c>.</summary>
internal sealed class ServerLines(ImportContext context)
{
    private const int MaxServers = 64;

    public List<Server> Read(HaproxySection proxy)
    {
        var servers = new List<Server>();
        var defaults = ServerOptions.None;
        var above = new Stack<HaproxySection>();
        for (var section = proxy.Defaults; section is not null; section = section.Defaults)
            above.Push(section);
        foreach (var line in above.SelectMany(static section => section.Take("default-server")))
            defaults = defaults.With(line, 1, context.Notes);
        foreach (var line in proxy.Lines)
        {
            if (line.Is("default-server"))
                defaults = defaults.With(line, 1, context.Notes);
            else if (line.Is("server") && line.Words.Count > 2)
                Add(servers, line, line[1], line[2], defaults.With(line, 3, context.Notes));
            else if (line.Is("server-template") && line.Words.Count > 3)
                AddTemplate(servers, line, defaults.With(line, 4, context.Notes));
            else
                continue;
            line.IsSettled = true;
        }
        return servers;
    }

    private void AddTemplate(List<Server> servers, HaproxyLine line, ServerOptions options)
    {
        context.Notes.Differs(line, "Edge makes a server of each address that the name has, as many as there are");
        Add(servers, line, line[1], line[3], options, allAddresses: true);
    }

    private void Add(List<Server> servers, HaproxyLine line, string name, string text, ServerOptions options, bool allAddresses = false)
    {
        if (servers.Count == MaxServers)
        {
            context.Notes.NotCarried(line, $"a backend of Edge has at most {MaxServers} servers: this one was left out");
            return;
        }
        if (Address(line, text) is not { } address)
            return;
        var usable = ImportContext.Usable(name);
        if (usable != name)
        {
            usable = ImportContext.Unused(usable, taken => servers.Exists(server => server.Name == taken));
            context.Notes.Differs(line, $"Edge takes no such name, it became '{usable}'");
        }
        if (servers.Exists(server => server.Name == usable))
            context.Notes.NotCarried(line, $"there is a server '{usable}' already: this one was left out");
        else
            servers.Add(new Server(line, usable, address, options, allAddresses));
    }

    /// <returns>Null if Edge cannot dial it, which is noted.</returns>
    private string? Address(HaproxyLine line, string text)
    {
        if (text.StartsWith('/') || text.StartsWith("unix@", StringComparison.Ordinal))
            return $"unix:{text[(text[0] == '/' ? 0 : 5)..]}";
        if (text.StartsWith("abns@", StringComparison.Ordinal) || text.StartsWith("abnsz@", StringComparison.Ordinal))
            return $"unix:{text[text.IndexOf('@', StringComparison.Ordinal)..]}";
        var address = text is ['i', 'p', 'v', '4' or '6', '@', ..] ? text[5..] : text;
        var colon = address.LastIndexOf(':');
        var hasPort = colon > 0
            && (HaproxyVariable.IsIn(address[colon..]) || HaproxyUnits.TryReadInt(address[(colon + 1)..], 1, IPEndPoint.MaxPort, out _));
        if (address.Contains('@', StringComparison.Ordinal))
            context.Notes.NotCarried(line, address, "Edge dials TCP and Unix sockets alone: this server was left out");
        else if (!hasPort)
            context.Notes.NotCarried(
                line, address, "HAProxy dials the port that the client came to, Edge needs a port here: this server was left out");
        else if (Host(address[..colon]) is not { } host)
            context.Notes.NotCarried(line, address, "this is neither an address nor the name of a host: this server was left out");
        else
            return host + address[colon..];
        return null;
    }

    /// <summary>The address in Edge's notation; null if it is invalid.</summary>
    private string? Host(string host)
    {
        if (HaproxyVariable.IsIn(host))
            return host;
        if (IPAddress.TryParse(host, out var address) && host.AsSpan().ContainsAny('.', ':'))
            return host.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address.ToString();
        return context.Syntax.HostName(host) is null ? null : host;
    }
}

/// <summary>A server that Edge can dial.</summary>
/// <param name="AllAddresses">Each address of the host name is a server.</param>
internal sealed record Server(HaproxyLine Line, string Name, string Address, ServerOptions Options, bool AllAddresses);
