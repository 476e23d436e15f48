using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A sink that materialises a task of its result.</summary>
internal abstract class SinkStage<TIn, TResult> : GraphStageWithMaterializedValue<SinkShape<TIn>, Task<TResult>>
{
    private readonly string _name;

    protected SinkStage(string name)
    {
        _name = name;
        In = new Inlet<TIn>(name + ".in");
        Shape = new SinkShape<TIn>(In);
        InitialAttributes = Attributes.CreateName(name);
    }

    public Inlet<TIn> In { get; }

    public override SinkShape<TIn> Shape { get; }

    protected override Attributes InitialAttributes { get; }

    public sealed override ILogicAndMaterializedValue<Task<TResult>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = CreateLogic();
        return new LogicAndMaterializedValue<Task<TResult>>(logic, logic.Result.Task);
    }

    public override string ToString() => _name;

    protected abstract SinkLogic<TIn, TResult> CreateLogic();
}

/// <summary>Pulls from the start; a failure of the stream is the failure of its result.</summary>
internal abstract class SinkLogic<TIn, TResult> : InGraphStageLogic
{
    private readonly string _name;

    protected SinkLogic(SinkStage<TIn, TResult> stage) : base(stage.Shape)
    {
        _name = stage.ToString();
        In = stage.In;
        SetHandler(In, this);
    }

    public TaskCompletionSource<TResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected Inlet<TIn> In { get; }

    public override void PreStart() => Pull(In);

    public override void OnUpstreamFailure(Exception e)
    {
        Result.TrySetException(e);
        FailStage(e);
    }

    public override string ToString() => _name;
}
