namespace Edge.Hocon.Tests;

public class SubstitutionSpecs
{
    private static string? Environment(string name) => name switch { "HOME" => "/root", "EMPTY" => "", "a.b" => "dotted", _ => null };

    [Theory]
    [InlineData("a = 1, b = ${a}", "{a:1,b:1}")]
    [InlineData("b = ${a}, a = 1", "{b:1,a:1}")]
    [InlineData("a.b = x, c = ${a.b}/y", "{a:{b:x},c:x/y}")]
    [InlineData("a = {x = 1}, b = ${a} {y = 2}", "{a:{x:1},b:{x:1,y:2}}")]
    [InlineData("a = {x = 1}, b = ${a}, b.y = 2", "{a:{x:1},b:{x:1,y:2}}")]
    [InlineData("b.y = 2, b = ${a}, a = {x = 1}", "{b:{y:2,x:1},a:{x:1}}")]
    [InlineData("a = [1], b = ${a} [2] ${a}", "{a:[1],b:[1,2,1]}")]
    [InlineData("\"a.b\" = 1, c = ${\"a.b\"}", "{\"a.b\":1,c:1}")]
    [InlineData("a = 1, b = [${a}, x${a}]", "{a:1,b:[1,x1]}")]
    [InlineData("b = ${a}, a = 1, a = 2", "{b:2,a:2}")]
    [InlineData("a = null, b = ${a}", "{a:null,b:null}")]
    public void Names_are_looked_up_from_the_root_in_the_finished_tree(string text, string expected) =>
        Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a = ${?x}", "{}")]
    [InlineData("a = 1, a = ${?x}", "{a:1}")]
    [InlineData("a = ${?x}${?y}", "{}")]
    [InlineData("a = x${?y}z", "{a:xz}")]
    [InlineData("a = [1, ${?x}, 2]", "{a:[1,2]}")]
    [InlineData("a = ${?x} [1]", "{a:[1]}")]
    [InlineData("a = ${?x} {b = 1}", "{a:{b:1}}")]
    [InlineData("a = ${x}, a = 1", "{a:1}")]
    public void Optional_and_hidden_ones_may_be_missing(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a = ${HOME}", "{a:\"/root\"}")]
    [InlineData("a = ${?HOME}/x", "{a:\"/root/x\"}")]
    [InlineData("a = ${?EMPTY}", "{a:\"\"}")]
    [InlineData("a = ${a.b}", "{a:\"dotted\"}")]
    [InlineData("HOME = here, a = ${HOME}", "{HOME:here,a:here}")]
    [InlineData("a = 1, a = ${?NOT_THERE}", "{a:1}")]
    [InlineData("a = 1, a = ${?HOME}", "{a:\"/root\"}")]
    public void The_environment_answers_what_the_tree_does_not(string text, string expected) =>
        Assert.Equal(expected, Compact.Of(text, Environment));

    [Theory]
    [InlineData("path = a, path = ${path}b", "{path:ab}")]
    [InlineData("path = a, path = ${path}b, path = ${path}c", "{path:abc}")]
    [InlineData("a = {x = 1}, a = ${a} {y = 2}", "{a:{x:1,y:2}}")]
    [InlineData("foo : { a : { c : 1 } }\nfoo : ${foo.a}\nfoo : { a : 2 }", "{foo:{a:2,c:1}}")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }\nbar : { foo : 43 }", "{bar:{foo:43,baz:43}}")]
    [InlineData("bar : { a : ${foo.d}, b : 1 }\nbar.b = 3\nfoo : { c : ${bar.b}, d : 2 }\nfoo.d = 4", "{bar:{a:4,b:3},foo:{c:3,d:4}}")]
    [InlineData("a = ${?a}x", "{a:x}")]
    [InlineData("a : ${?b}, b : ${?a}", "{}")]
    [InlineData("l = [1], m = ${l}, l += 2, m += 3", "{l:[1,2],m:[1,2,3]}")]
    [InlineData("b = ${a.c}, a = { c = ${d}, e = ${b} }, d = 1", "{b:1,a:{c:1,e:1},d:1}")]
    public void A_name_that_leads_back_means_the_value_before(string text, string expected) => Assert.Equal(expected, Compact.Of(text));

    [Theory]
    [InlineData("a = ${b}", "error 1:5 ${b} is set neither here nor in the environment; ${?b} would be optional")]
    [InlineData("a = ${a}", "error 1:5 ${a} leads back to itself")]
    [InlineData("a = ${b}\nb = ${a}", "error 2:5 ${a} leads back to itself | 1:5 ${b} leads back to itself")]
    [InlineData("a { b = ${a} }", "error 1:5 'b' contains itself")]
    [InlineData("a { b { c = ${?a.b} } }", "error 1:9 'c' contains itself")]
    [InlineData("a = {x = 1}\nb = ${a} text", "error 2:10 an object cannot be joined with text; expected a new line or ',' between two values")]
    [InlineData("a = [1] {b = 1}", "error 1:9 an array cannot be joined with an object; expected a new line or ',' between two values")]
    [InlineData("a = 1\na += 2", "error 2:6 an array cannot be joined with text; expected a new line or ',' between two values")]
    public void What_cannot_be_resolved_is_told(string text, string expected)
    {
        var actual = Compact.Of(text);
        Assert.StartsWith("error ", actual, StringComparison.Ordinal);
        foreach (var part in expected["error ".Length..].Split(" | "))
            Assert.Contains(part, actual, StringComparison.Ordinal);
    }
}
