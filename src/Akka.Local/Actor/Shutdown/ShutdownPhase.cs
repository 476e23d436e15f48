using Akka.Configuration;

namespace Akka.Actor.Internal;

/// <summary>A phase of the coordinated shutdown as configured.</summary>
internal sealed record ShutdownPhase(string[] DependsOn, TimeSpan Timeout, bool Recover)
{
    internal static Dictionary<string, ShutdownPhase> ReadAll(Config config)
    {
        var standard = config.GetTimeSpan("default-phase-timeout", TimeSpan.FromSeconds(5));
        var section = config.GetConfig("phases");
        var phases = new Dictionary<string, ShutdownPhase>();
        foreach (var (name, _) in section.AsEnumerable())
        {
            var phase = section.GetConfig(name);
            phases[name] = phase.IsNullOrEmpty()
                ? new ShutdownPhase([], standard, true)
                : new ShutdownPhase([.. phase.GetStringList("depends-on")], phase.GetTimeSpan("timeout", standard, allowInfinite: false), phase.GetBoolean("recover", true));
        }

        return phases;
    }

    /// <summary>Every phase after those it depends on.</summary>
    /// <exception cref="ArgumentException">A phase depends on itself through others.</exception>
    internal static List<string> Sort(Dictionary<string, ShutdownPhase> phases)
    {
        var sorted = new List<string>();
        var open = new HashSet<string>();
        foreach (var name in phases.Keys)
            Visit(name);
        return sorted;

        void Visit(string name)
        {
            if (sorted.Contains(name))
                return;
            if (!open.Add(name))
                throw new ArgumentException($"Cycle detected in graph of phases: phase [{name}] depends transitively on itself.");
            if (phases.TryGetValue(name, out var phase))
            {
                foreach (var dependency in phase.DependsOn)
                    Visit(dependency);
            }

            open.Remove(name);
            sorted.Add(name);
        }
    }
}
