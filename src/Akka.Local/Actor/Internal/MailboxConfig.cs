using Akka.Configuration;

namespace Akka.Actor.Internal;

/// <summary>
/// A mailbox that props name must be configured, and of a kind that this runtime has. Its own mailbox is unbounded and takes messages
/// back at its front; a bounded or ordered one would not be what was asked for.
/// </summary>
internal static class MailboxConfig
{
    internal const string Default = "akka.actor.default-mailbox";

    /// <exception cref="ConfigurationException">It is not configured, or of another kind.</exception>
    internal static void Check(Settings settings, string id)
    {
        if (string.IsNullOrEmpty(id))
            return;
        if (!settings.Config.HasPath(id))
            throw new ConfigurationException($"Mailbox Type [{id}] not configured");
        var type = settings.Config.GetString(id + ".mailbox-type", "Akka.Dispatch.UnboundedMailbox");
        if (type.Split(',')[0].Trim() is not ("Akka.Dispatch.UnboundedMailbox" or "Akka.Dispatch.UnboundedDequeBasedMailbox"))
            throw new ConfigurationException($"Mailbox type [{type}] of [{id}] needs the Akka packages; the in-process runtime has unbounded mailboxes only.");
    }

    internal static int StashCapacity(Settings settings, string id) =>
        settings.Config.GetInt((string.IsNullOrEmpty(id) ? Default : id) + ".stash-capacity", Deploy.NoStashSize);
}
