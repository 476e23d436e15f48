using System.Net;
using System.Net.Sockets;
using EdgeActors.Routing;

namespace EdgeActors.Tests.Routing;

public sealed class AddressChoiceSpecs
{
    private const AddressFamily V4 = AddressFamily.InterNetwork, V6 = AddressFamily.InterNetworkV6;

    /// <param name="answer">The addresses of the last answer.</param>
    /// <param name="known">The addresses of the server.</param>
    [Theory]
    [InlineData("", "", "")]
    [InlineData("1 2", "", "1 2")]
    [InlineData("1 2", "2", "2 1")] // the current address stays first
    [InlineData("2 3 1", "1 2 3", "1 2 3")] // DNS rotates its answers
    [InlineData("2 3", "1 2", "2 3")]
    [InlineData("6 1", "2", "1 6")] // the family of the removed address comes first
    [InlineData("6", "2", "6")]
    [InlineData("1 1 2", "", "1 2")]
    [InlineData("6 1 2", "", "1 2 6", V4)]
    [InlineData("1 6 2", "", "6 1 2", V6)]
    [InlineData("1 6", "1", "1 6", V6)] // a preference does not move a server
    [InlineData("6 1", "2", "6 1", V6)]
    [InlineData("6", "", "6", V4)]
    [InlineData("6 1 2", "", "1 2", null, "9")]
    [InlineData("6", "", "6", null, "9")]
    [InlineData("6", "1", "", null, "9")]
    [InlineData("6 1", "", "1", V6, "9")] // the source decides
    public void A_server_gets_the_addresses_of_its_name_in_order(
        string answer, string known, string expected, AddressFamily? preferred = null, string? source = null) => Assert.Equal(
        Read(expected), AddressChoice.Order(Read(answer), Read(known), preferred, source is null ? null : Read(source)[0]));

    [Theory]
    [InlineData("1 6 2", "", "1 6 2")]
    [InlineData("2 3 1", "1 2", "1 2 3")]
    [InlineData("1 6 2", "", "1 2", V4)]
    [InlineData("1 6 2", "", "6", V6)]
    [InlineData("1 2", "", "1 2", V6)]
    [InlineData("6 1", "", "1", V6, "9")]
    public void One_server_for_each_address_leaves_out_the_other_family(
        string answer, string known, string expected, AddressFamily? preferred = null, string? source = null) => Assert.Equal(
        Read(expected), AddressChoice.All(Read(answer), Read(known), preferred, source is null ? null : Read(source)[0]));

    [Fact]
    public void A_server_has_16_addresses_at_most()
    {
        IPAddress[] answer = [.. Enumerable.Range(1, 20).Select(static i => IPAddress.Parse($"192.0.2.{i}"))];
        Assert.Equal(answer[^1..].Concat(answer[..15]), AddressChoice.Order(answer, answer[^1..]));
    }

    private static IPAddress[] Read(string names) =>
    [
        .. names.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(static name => IPAddress.Parse(name == "6" ? "2001:db8::6" : $"198.51.100.{name}")),
    ];
}
