namespace HaproxyImport;

internal enum SectionKind
{
    Global,
    Defaults,
    Frontend,
    Backend,
    Listen,
    Resolvers,

    /// <summary>One that has nothing to say to Edge, such as a userlist.</summary>
    Other,
}

/// <summary>A section and, for a proxy, the defaults that stand behind it.</summary>
internal sealed class HaproxySection(SectionKind kind, string name, HaproxyLine header, HaproxySection? defaults)
{
    public SectionKind Kind => kind;

    /// <summary>Empty for those without.</summary>
    public string Name => name;

    /// <summary>The line that opens it.</summary>
    public HaproxyLine Header => header;

    /// <summary>For a proxy or a defaults section: the defaults section that it starts from.</summary>
    public HaproxySection? Defaults => defaults;

    public List<HaproxyLine> Lines { get; } = [];

    public bool IsFront => kind is SectionKind.Frontend or SectionKind.Listen;

    public bool IsBack => kind is SectionKind.Backend or SectionKind.Listen;

    /// <summary>Its own lines that begin with these words; they count as settled by whoever asks.</summary>
    public List<HaproxyLine> Take(params ReadOnlySpan<string> start)
    {
        var found = new List<HaproxyLine>();
        foreach (var line in Lines)
        {
            if (!line.Is(start))
                continue;
            line.IsSettled = true;
            found.Add(line);
        }
        return found;
    }

    /// <summary>The line that holds for a setting of which there can be one: the last of the section, else that of its defaults.</summary>
    public HaproxyLine? Setting(params ReadOnlySpan<string> start)
    {
        for (var section = this; section is not null; section = section.Defaults)
        {
            if (section.Take(start) is [.., var last])
                return last;
        }
        return null;
    }

    /// <summary>The line that switches an option on; null: it is off, by default or by a <c>no option</c>.</summary>
    public HaproxyLine? Option(string name)
    {
        for (var section = this; section is not null; section = section.Defaults)
        {
            HaproxyLine? found = null;
            foreach (var line in section.Lines)
            {
                if (line.Is("option", name) || line.Is("no", "option", name) || line.Is("default", "option", name))
                {
                    line.IsSettled = true;
                    found = line;
                }
            }
            if (found is not null)
                return found[0] == "option" ? found : null;
        }
        return null;
    }

    /// <summary>tcp, http, or something else that this HAProxy knows.</summary>
    public string Mode => Setting("mode")?[1] ?? "tcp";
}
