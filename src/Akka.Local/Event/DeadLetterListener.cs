using System.Diagnostics;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Logs dead letters, falling silent for a while after the configured number of them.</summary>
internal sealed class DeadLetterListener : ActorBase
{
    private readonly EventStream _eventStream = Context.System.EventStream;
    private readonly int _most = Context.System.Settings.LogDeadLetters;
    private readonly TimeSpan _pause = Context.System.Settings.LogDeadLettersSuspendDuration;
    private int _count;
    private long _silentSince;

    protected override void PreStart()
    {
        _eventStream.Subscribe(Self, typeof(DeadLetter));
        _eventStream.Subscribe(Self, typeof(Dropped));
        _eventStream.Subscribe(Self, typeof(UnhandledMessage));
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override bool Receive(object message)
    {
        if (message is not AllDeadLetters letter)
            return false;
        if (_silentSince != 0)
        {
            if (_pause <= TimeSpan.Zero || Stopwatch.GetElapsedTime(_silentSince) < _pause)
                return true;
            _silentSince = 0;
            _count = 0;
        }

        _count++;
        Log(letter, LastWord());
        return true;
    }

    private string LastWord()
    {
        if (_most == int.MaxValue || _count < _most)
            return "";
        _silentSince = Stopwatch.GetTimestamp();
        return _pause > TimeSpan.Zero ? $", no more dead letters will be logged in next [{_pause}]" : ", no more dead letters will be logged";
    }

    private void Log(AllDeadLetters letter, string lastWord)
    {
        var what = letter switch
        {
            UnhandledMessage => "was unhandled",
            Dropped dropped => $"was dropped. {dropped.Reason}",
            _ => "was not delivered",
        };
        var from = letter.Sender is null ? "" : $" from {letter.Sender}";
        _eventStream.Publish(new Info(
            letter.Recipient.Path.ToString(),
            letter.Recipient.GetType(),
            $"Message [{letter.Message.GetType().Name}]{from} to {letter.Recipient} {what}. [{_count}] dead letters encountered{lastWord}."));
    }
}
