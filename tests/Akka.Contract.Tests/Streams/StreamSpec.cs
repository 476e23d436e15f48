using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;

namespace Akka.Contract.Tests.Streams;

/// <summary>A system for each test, and one deadline for all waits.</summary>
public abstract class StreamSpec : IAsyncLifetime
{
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    protected ActorSystem Sys { get; } = ActorSystem.Create("streams", ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF"));

    protected ActorMaterializer Materializer { get; private set; } = null!;

    public Task InitializeAsync()
    {
        Materializer = Sys.Materializer();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Sys.Terminate().WaitAsync(Deadline);

    protected static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Deadline);

    protected static Task Within(Task task) => task.WaitAsync(Deadline);

    /// <summary>The failure of a task without the wrapping that tasks and stages may add.</summary>
    protected static async Task<Exception> FailureOf(Task task)
    {
        var e = await Record.ExceptionAsync(() => task.WaitAsync(Deadline));
        Assert.NotNull(e);
        return Root(e);
    }

    protected static Exception Root(Exception e) => e is AggregateException { InnerException: { } inner } ? Root(inner) : e;
}
