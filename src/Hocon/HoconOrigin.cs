namespace Edge.Hocon;

/// <summary>Where a value or key was written. <see cref="File"/> is the name the text was read under; line and column count
/// from 1, columns in UTF-16 units.</summary>
public readonly record struct HoconOrigin(string File, int Line, int Column)
{
    public override string ToString() => $"{File}:{Line}";
}
