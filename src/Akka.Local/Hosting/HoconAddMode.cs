namespace Akka.Hosting;

/// <summary>How added configuration stands to what has been added before.</summary>
public enum HoconAddMode
{
    /// <summary>Only fills in what is not set yet.</summary>
    Append,

    /// <summary>Wins over what is set, and leaves the rest.</summary>
    Prepend,

    /// <summary>The same as <see cref="Prepend"/>, as in Akka.Hosting 1.5: what was added before shows through.</summary>
    Replace,
}
