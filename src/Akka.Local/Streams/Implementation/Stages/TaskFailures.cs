namespace Akka.Streams.Implementation.Stages;

internal static class TaskFailures
{
    public static Exception Of(Task task) => (Exception?)task.Exception ?? new TaskCanceledException(task);

    public static ArgumentNullException NullResult() => new("element", "A stream's element must not be null");
}
