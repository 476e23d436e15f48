using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

public sealed class MaterializationSpecs : StreamSpec
{
    [Fact]
    public async Task A_blueprint_does_nothing_and_each_run_is_a_stream_of_its_own()
    {
        var runs = 0;
        var graph = Source.From(Enumerable.Range(1, 3))
            .Via(new TestFlow<int>(s => s.OnStart = () => Interlocked.Increment(ref runs)))
            .ToMaterialized(Sink.Seq<int>(), Keep.Right);
        Assert.Equal(0, runs);
        var results = await Within(Task.WhenAll(graph.Run(Materializer), graph.Run(Materializer), graph.Run(Sys)));
        Assert.All(results, r => Assert.Equal([1, 2, 3], r));
        Assert.Equal(3, runs);
    }

    [Fact]
    public void Materialised_values_are_combined_as_asked_for()
    {
        var graph = new Value("flow");
        var source = Source.Single(1).MapMaterializedValue(_ => "source");
        var sink = Sink.Ignore<int>().MapMaterializedValue(_ => "sink");
        Assert.Equal("source", source.Via(graph).To(sink).Run(Materializer));
        Assert.Equal("sink", source.Via(graph).ToMaterialized(sink, Keep.Right).Run(Materializer));
        Assert.Equal("flow", source.ViaMaterialized(graph, Keep.Right).To(sink).Run(Materializer));
        Assert.Equal((("source", "flow"), "sink"), source.ViaMaterialized(graph, Keep.Both).ToMaterialized(sink, Keep.Both).Run(Materializer));
        Assert.Equal(NotUsed.Instance, source.Via(graph).ToMaterialized(sink, Keep.None).Run(Materializer));
        Assert.Equal("source+sink", source.ToMaterialized(sink, (l, r) => $"{l}+{r}").Run(Materializer));
        Assert.Equal(10, source.To(sink).MapMaterializedValue(x => x.Length + 4).Run(Materializer));
        Assert.Equal("source", sink.RunWith(source, Materializer));
        Assert.Equal("sink", source.RunWith(sink, Materializer));
        Assert.Equal(("source", "sink"), Flow.FromGraph(graph).RunWith(source, sink, Materializer));
    }

    [Fact]
    public async Task One_stage_may_be_used_at_several_places_of_a_stream()
    {
        var stage = new TestFlow<int>(s => s.OnPush = () => s.PushOut(s.GrabIn() + 1));
        var twice = Flow.FromGraph(stage).Via(stage);
        Assert.Equal(4, await Within(Source.Single(0).Via(twice).Via(twice).RunWith(Sink.First<int>(), Materializer)));
    }

    [Fact]
    public async Task A_flow_into_a_sink_is_a_sink_and_a_source_through_a_flow_a_source()
    {
        var sink = Flow.Create<string>().Select(int.Parse).ToMaterialized(Sink.Seq<int>(), Keep.Right);
        Assert.Equal([1, 2], await Within(Source.From(["1", "2"]).RunWith(sink, Materializer)));
        Assert.Equal([3], await Within(Source.Single("3").Via(Flow.Create<string>()).Via(Flow.FromFunction<string, int>(int.Parse)).RunWith(Sink.Seq<int>(), Materializer)));
        Assert.Equal([4], await Within(Source.Single(4).Select(x => $"{x}").RunWith(sink, Materializer)));
    }

    [Fact]
    public async Task Names_and_attributes_change_nothing_of_a_stream()
    {
        var result = Source.Single(1).Named("one")
            .Via(Flow.Create<int>().Select(x => x + 1).Named("plus one").WithAttributes(Attributes.CreateInputBuffer(1, 1)))
            .AddAttributes(Attributes.CreateName("both"))
            .ToMaterialized(Sink.First<int>().Named("first"), Keep.Right)
            .Named("a stream, with/odd: letters")
            .Run(Materializer);
        Assert.Equal(2, await Within(result));
    }

    [Fact]
    public void Attributes_reach_the_stage_that_they_were_given_to()
    {
        Attributes? seen = null;
        var stage = new Value("v", a => seen = a);
        Source.Single(1).Via(stage.WithAttributes(Attributes.CreateName("inner").And(Attributes.CreateInputBuffer(2, 8)))).To(Sink.Ignore<int>()).Run(Materializer);
        Assert.Contains(new Attributes.Name("inner"), seen!.AttributeList);
        Assert.Equal(8, seen.GetAttribute<Attributes.InputBuffer>()!.Max);
    }

    [Fact]
    public void A_stage_that_cannot_be_made_throws_where_it_is_run()
    {
        var graph = Source.Single(1).Via(new Value("v", _ => throw new InvalidOperationException("boom"))).To(Sink.Ignore<int>());
        Assert.Equal("boom", Root(Record.Exception(() => graph.Run(Materializer))!).Message);
    }

    private sealed class Value(string value, Action<Attributes>? onCreate = null) : GraphStageWithMaterializedValue<FlowShape<int, int>, string>
    {
        public override FlowShape<int, int> Shape { get; } = new(new Inlet<int>("value.in"), new Outlet<int>("value.out"));

        public override ILogicAndMaterializedValue<string> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
        {
            onCreate?.Invoke(inheritedAttributes);
            return new LogicAndMaterializedValue<string>(new Logic(Shape), value);
        }

        private sealed class Logic : InAndOutGraphStageLogic
        {
            private readonly FlowShape<int, int> _shape;

            public Logic(FlowShape<int, int> shape)
                : base(shape)
            {
                _shape = shape;
                SetHandlers(shape.Inlet, shape.Outlet, this);
            }

            public override void OnPush() => Push(_shape.Outlet, Grab(_shape.Inlet));

            public override void OnPull() => Pull(_shape.Inlet);
        }
    }
}
