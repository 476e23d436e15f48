using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>An operator: one inlet, one outlet, both named after it.</summary>
internal abstract class FlowStage<TIn, TOut> : GraphStage<FlowShape<TIn, TOut>>
{
    private readonly string _name;

    protected FlowStage(string name)
    {
        _name = name;
        In = new Inlet<TIn>(name + ".in");
        Out = new Outlet<TOut>(name + ".out");
        Shape = new FlowShape<TIn, TOut>(In, Out);
        InitialAttributes = Attributes.CreateName(name);
    }

    public Inlet<TIn> In { get; }

    public Outlet<TOut> Out { get; }

    public override FlowShape<TIn, TOut> Shape { get; }

    protected override Attributes InitialAttributes { get; }

    public override string ToString() => _name;
}

/// <summary>An operator's logic, which passes demand, completion, failure and cancellation on unless it says otherwise.</summary>
internal abstract class FlowLogic<TIn, TOut> : InAndOutGraphStageLogic
{
    private readonly string _name;

    protected FlowLogic(FlowStage<TIn, TOut> stage) : base(stage.Shape)
    {
        _name = stage.ToString();
        In = stage.In;
        Out = stage.Out;
        SetHandlers(In, Out, this);
    }

    protected Inlet<TIn> In { get; }

    protected Outlet<TOut> Out { get; }

    public override void OnPull() => Pull(In);

    public override string ToString() => _name;
}
