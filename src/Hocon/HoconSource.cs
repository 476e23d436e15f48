namespace Edge.Hocon;

/// <summary>One text and the way from an offset in it to a line and column.</summary>
internal sealed class HoconSource
{
    private readonly List<int> _lineStarts = [0];

    public HoconSource(string name, string text, string? directory)
    {
        Name = name;
        Text = text;
        Directory = directory;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
                _lineStarts.Add(i + 1);
        }
    }

    public string Name { get; }

    public string Text { get; }

    /// <summary>Full path that includes are relative to; null when the text is no file.</summary>
    public string? Directory { get; }

    public HoconOrigin OriginOf(int offset)
    {
        var index = _lineStarts.BinarySearch(offset);
        var line = index >= 0 ? index : ~index - 1;
        return new HoconOrigin(Name, line + 1, offset - _lineStarts[line] + 1);
    }
}
