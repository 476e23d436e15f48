using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class GroupedStage<T> : FlowStage<T, IEnumerable<T>>
{
    private readonly int _size;

    public GroupedStage(int size) : base("grouped")
    {
        if (size <= 0)
            throw new ArgumentException("A group holds at least one element", nameof(size));
        _size = size;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, _size);

    private sealed class Logic(GroupedStage<T> stage, int size) : FlowLogic<T, IEnumerable<T>>(stage)
    {
        private List<T> _group = new(size);

        public override void OnPush()
        {
            _group.Add(Grab(In));
            if (_group.Count == size)
                PushGroup();
            else
                Pull(In);
        }

        public override void OnUpstreamFinish()
        {
            // A group that is under way was pulled for, so there is demand for it.
            if (_group.Count > 0)
                PushGroup();
            CompleteStage();
        }

        private void PushGroup()
        {
            var group = _group;
            _group = new List<T>(size);
            Push(Out, group);
        }
    }
}
