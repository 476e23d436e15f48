using System.Globalization;

namespace Akka.Actor;

/// <summary>
/// The place of an actor in the tree of its system: address, names from the root down, and the uid of the incarnation.
/// Equality leaves the uid out, so that a name means the same place before and after.
/// </summary>
public abstract class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>
{
    /// <summary>The characters beside letters and digits that a name may hold ("$" not at its start).</summary>
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    internal const long UndefinedUid = 0;

    private protected ActorPath(string name, long uid)
    {
        Name = name;
        Uid = uid;
    }

    public string Name { get; }

    public long Uid { get; }

    public abstract Address Address { get; }

    public abstract ActorPath Parent { get; }

    public abstract ActorPath Root { get; }

    /// <summary>Number of names between the root and here; 0 at the root.</summary>
    public abstract int Depth { get; }

    public IReadOnlyList<string> Elements
    {
        get
        {
            if (Depth == 0)
                return [""];
            var names = new string[Depth];
            var path = this;
            for (var i = names.Length - 1; i >= 0; i--, path = path.Parent)
                names[i] = path.Name;
            return names;
        }
    }

    public ActorPath Child(string childName) => this / childName;

    public ActorPath ParentOf(int depth)
    {
        var path = this;
        if (depth >= 0)
        {
            while (path.Depth > depth)
                path = path.Parent;
        }
        else
        {
            for (var i = depth; i < 0 && path.Depth > 0; i++)
                path = path.Parent;
        }

        return path;
    }

    public ActorPath WithUid(long uid) => uid == Uid ? this : Depth == 0
        ? throw new NotSupportedException("The root has no uid.")
        : new ChildActorPath(Parent, Name, uid);

    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$')
            return false;
        for (var i = 0; i < s.Length; i++)
        {
            var escaped = s[i] == '%' && i + 2 < s.Length && char.IsAsciiHexDigit(s[i + 1]) && char.IsAsciiHexDigit(s[i + 2]);
            if (!escaped && !char.IsAsciiLetterOrDigit(s[i]) && !ValidSymbols.Contains(s[i], StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    public static ActorPath Parse(string path) =>
        TryParse(path, out var parsed) ? parsed! : throw new UriFormatException($"\"{path}\" is not an actor path.");

    /// <summary>Reads <c>akka://system/user/a/b#uid</c>.</summary>
    public static bool TryParse(string path, out ActorPath? actorPath)
    {
        actorPath = null;
        if (!Address.TryParse(path, out var address))
            return false;
        var rest = path.AsSpan(path.IndexOf("://", StringComparison.Ordinal) + 3);
        var slash = rest.IndexOf('/');
        ActorPath result = new RootActorPath(address!);
        if (slash >= 0)
        {
            var uid = UndefinedUid;
            var names = rest[(slash + 1)..];
            var hash = names.IndexOf('#');
            if (hash >= 0)
            {
                if (!long.TryParse(names[(hash + 1)..], NumberStyles.Integer, CultureInfo.InvariantCulture, out uid))
                    return false;
                names = names[..hash];
            }

            foreach (var range in names.Split('/'))
            {
                var name = names[range];
                if (name.Length != 0)
                    result = new ChildActorPath(result, name.ToString(), range.End.Value == names.Length ? uid : UndefinedUid);
            }
        }

        actorPath = result;
        return true;
    }

    public static string FormatPathElements(IEnumerable<string> pathElements) => string.Join('/', pathElements);

    public string ToStringWithoutAddress() => Depth == 0 ? Name : "/" + FormatPathElements(Elements);

    public string ToStringWithAddress() => ToString();

    public string ToStringWithAddress(Address address) => address + ToStringWithoutAddress();

    public string ToStringWithUid() => Uid == UndefinedUid ? ToString() : string.Create(CultureInfo.InvariantCulture, $"{this}#{Uid}");

    public string ToSerializationFormat() => ToStringWithUid();

    public override string ToString() => Address + ToStringWithoutAddress();

    public bool Equals(ActorPath? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || Depth != other.Depth)
            return false;
        var (a, b) = (this, other);
        while (a.Depth > 0)
        {
            if (!string.Equals(a.Name, b.Name, StringComparison.Ordinal))
                return false;
            (a, b) = (a.Parent, b.Parent);
            if (ReferenceEquals(a, b))
                return true;
        }

        return string.Equals(a.Name, b.Name, StringComparison.Ordinal) && a.Address.Equals(b.Address);
    }

    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Address);
        for (var path = this; path.Depth > 0; path = path.Parent)
            hash.Add(path.Name, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    public int CompareTo(ActorPath? other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());

    public static ActorPath operator /(ActorPath path, string name) => new ChildActorPath(path, name, UndefinedUid);

    public static ActorPath operator /(ActorPath path, IEnumerable<string> name)
    {
        foreach (var part in name)
        {
            if (!string.IsNullOrEmpty(part))
                path /= part;
        }

        return path;
    }

    public static bool operator ==(ActorPath? left, ActorPath? right) => Equals(left, right);

    public static bool operator !=(ActorPath? left, ActorPath? right) => !Equals(left, right);
}

public sealed class RootActorPath(Address address, string name = "/") : ActorPath(name, UndefinedUid)
{
    public override Address Address { get; } = address;

    public override ActorPath Parent => this;

    public override ActorPath Root => this;

    public override int Depth => 0;
}

public sealed class ChildActorPath(ActorPath parentPath, string name, long uid) : ActorPath(name, uid)
{
    public override Address Address => Parent.Address;

    public override ActorPath Parent { get; } = parentPath;

    public override ActorPath Root => Parent.Root;

    public override int Depth { get; } = parentPath.Depth + 1;
}
