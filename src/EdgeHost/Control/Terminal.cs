using EdgeActors.Operate.Answers;

namespace EdgeHost.Control;

/// <summary>Where text for people goes.</summary>
internal static class Terminal
{
    /// <summary>A terminal has a width and colours, unless NO_COLOR (no-color.org) is set; into a file or a pipe everything goes, plainly.</summary>
    public static TextStyle Style()
    {
        if (Console.IsOutputRedirected)
            return TextStyle.Plain;
        var colour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new TextStyle(Console.WindowWidth > 0 ? Console.WindowWidth : 80, colour);
    }

    /// <returns>False: nobody reads any more (EPIPE), as behind <c>| head</c>.</returns>
    public static bool Write(string text)
    {
        try
        {
            Console.Out.Write(text);
            Console.Out.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
