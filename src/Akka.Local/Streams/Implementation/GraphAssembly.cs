using Akka.Pattern;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>
/// Collects the stages of one stream as it is materialised. Streams are chains here, so a stage's inlet always belongs to the one
/// outlet that is still open.
/// </summary>
internal sealed class GraphAssembly(ActorMaterializer materializer, string name)
{
    private readonly List<GraphStageLogic> _logics = new(8);
    private GraphStageLogic? _upstream;
    private Outlet? _open;

    public ActorMaterializer Materializer { get; } = materializer;

    public string Name { get; } = name;

    public int Connections { get; private set; }

    public GraphStageLogic[] Logics => [.. _logics];

    /// <summary>Gives the ports of a stage their numbers; must come before its logic is made.</summary>
    /// <exception cref="NotSupportedException">The stage has more than one inlet or outlet.</exception>
    public static void NumberPorts(Shape shape)
    {
        if (shape.Inlets.Length > 1 || shape.Outlets.Length > 1)
            throw new NotSupportedException($"{shape} branches: only chains of stages can be run without the Akka.Streams package.");
        foreach (var inlet in shape.Inlets)
            inlet.Id = 0;
        foreach (var outlet in shape.Outlets)
            outlet.Id = 0;
    }

    public void Add(GraphStageLogic logic, Shape shape)
    {
        _logics.Add(logic);
        if (shape.Inlets.Length == 1)
            Connect(logic, shape.Inlets[0]);
        if (shape.Outlets.Length == 1)
        {
            _upstream = logic;
            _open = shape.Outlets[0];
        }
    }

    private void Connect(GraphStageLogic downstream, Inlet inlet)
    {
        if (_upstream is not { } upstream || _open is not { } outlet)
            throw new IllegalStateException($"Nothing is connected to {inlet}");
        var connection = outlet.Connect(upstream, downstream);
        connection.OutHandler = upstream.Handlers[upstream.InCount + outlet.Id] as IOutHandler ?? throw NoHandler(upstream, outlet);
        connection.InHandler = downstream.Handlers[inlet.Id] as IInHandler ?? throw NoHandler(downstream, inlet);
        upstream.Connections[upstream.InCount + outlet.Id] = connection;
        downstream.Connections[inlet.Id] = connection;
        Connections++;
        _upstream = null;
        _open = null;
    }

    private static IllegalStateException NoHandler(GraphStageLogic logic, object port) =>
        new($"No handler defined in stage {logic} for port {port}");
}
