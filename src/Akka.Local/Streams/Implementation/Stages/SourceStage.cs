using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A source without a materialised value.</summary>
internal abstract class SourceStage<T> : GraphStage<SourceShape<T>>
{
    private readonly string _name;

    protected SourceStage(string name)
    {
        _name = name;
        Out = new Outlet<T>(name + ".out");
        Shape = new SourceShape<T>(Out);
        InitialAttributes = Attributes.CreateName(name);
    }

    public Outlet<T> Out { get; }

    public override SourceShape<T> Shape { get; }

    protected override Attributes InitialAttributes { get; }

    public override string ToString() => _name;
}

internal abstract class SourceLogic<T> : OutGraphStageLogic
{
    protected SourceLogic(SourceStage<T> stage) : base(stage.Shape)
    {
        Out = stage.Out;
        SetHandler(Out, this);
    }

    protected Outlet<T> Out { get; }
}
