using Akka.Actor;
using Akka.Event;
using Xunit.Abstractions;

namespace Akka.TestKit.Internal;

/// <summary>Shows the log among the output of the test that made it.</summary>
internal sealed class OutputLogger(ITestOutputHelper output) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger init:
                init.LoggingBus.Subscribe(Self, typeof(LogEvent));
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent logEvent:
                Write(logEvent);
                break;
        }
    }

    private static bool IsTestOver(InvalidOperationException e) => e.Message.Contains("no currently active test", StringComparison.OrdinalIgnoreCase);

    private void Write(LogEvent logEvent)
    {
        try
        {
            output.WriteLine(logEvent.ToString());
        }
        catch (InvalidOperationException e) when (IsTestOver(e))
        {
            Context.Stop(Self);
        }
    }
}
