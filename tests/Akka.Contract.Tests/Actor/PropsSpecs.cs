using Akka.Actor;

namespace Akka.Contract.Tests;

public class PropsSpecs : ContractSpec
{
    [Fact]
    public void Arguments_are_given_by_expression_by_list_or_by_type()
    {
        var type = typeof(Greeter);
        foreach (var props in new[]
                 {
                     Props.Create(() => new Greeter("hello", 3)),
                     Props.Create<Greeter>("hello", 3),
                     Props.Create(type, "hello", 3),
                 })
        {
            Sys.ActorOf(props).Tell("greet");
            ExpectMsg("hello 3");
        }
    }

    [Fact]
    public void The_arguments_of_an_expression_are_evaluated_once()
    {
        var word = "first";
        var props = Props.Create(() => new Greeter(word + "!", word.Length));
        word = "second";
        Sys.ActorOf(props).Tell("greet");
        ExpectMsg("first! 5");
    }

    [Fact]
    public void A_producer_makes_every_instance()
    {
        var producer = new CountingProducer();
        var props = Props.CreateBy(producer);
        var actor = Sys.ActorOf(props);
        actor.Tell("greet");
        ExpectMsg("instance 1");
        actor.Tell("fail");
        actor.Tell("greet");
        ExpectMsg("instance 2");
        Sys.ActorOf(props).Tell("greet");
        ExpectMsg("instance 3");
        AwaitAssert(() => Assert.Equal(1, producer.Released));
    }

    [Fact]
    public void Something_else_than_a_new_expression_is_refused() =>
        Assert.ThrowsAny<Exception>(() => Props.Create(() => Make()));

    [Fact]
    public void A_change_leaves_the_original_as_it_was()
    {
        var props = Props.Create<Greeter>("hello", 3);
        var changed = props.WithDispatcher("akka.actor.internal-dispatcher");
        Assert.NotEqual(changed.Dispatcher, props.Dispatcher);
        Assert.Equal(typeof(Greeter), changed.Type);
    }

    private static Greeter Make() => throw Bang();

    private sealed class Greeter(string word, int number) : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell($"{word} {number}");
    }

    private sealed class Numbered(int number) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is "fail")
                throw Bang();
            Sender.Tell("instance " + number);
        }
    }

    private sealed class CountingProducer : IIndirectActorProducer
    {
        private int _made;

        public int Released { get; private set; }

        public Type ActorType => typeof(Numbered);

        public ActorBase Produce() => new Numbered(++_made);

        public void Release(ActorBase actor) => Released++;
    }
}
