using System.Text;

namespace Akka.Actor.Internal;

internal static class TreePrinter
{
    internal static string Print(LocalActorRefProvider provider)
    {
        var text = new StringBuilder("-> /").AppendLine();
        Print(text, provider.SystemGuardian, 1);
        Print(text, provider.Guardian, 1);
        return text.ToString();
    }

    private static void Print(StringBuilder text, LocalActorRef actor, int depth)
    {
        text.Append(' ', depth * 3).Append("-> ").Append(actor.Path.Name).Append(" (").Append(actor.Cell.ActorType.Name).AppendLine(")");
        foreach (var child in actor.Cell.Snapshot())
            Print(text, child, depth + 1);
    }
}
