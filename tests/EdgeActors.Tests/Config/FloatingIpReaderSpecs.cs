using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public class FloatingIpReaderSpecs
{
    private static EdgeSettingsResult Read(string value, string? environment = null) => EdgeSettingsReader.ReadText(
        $$"""
        edge { listeners.https.bind = "*:7050", routes."a.example" = web, backends.web.servers = ["127.0.0.1:9001"]
          floating-ip.address = {{value}}
        }
        """,
        "my.conf",
        name => name == "EDGE_FLOATING_IP" ? environment : null);

    [Theory]
    [InlineData("[]", "")]
    [InlineData("\"192.0.2.10\"", "192.0.2.10")]
    [InlineData("[\"192.0.2.10\"]", "192.0.2.10")]
    [InlineData("[\"192.0.2.10\", \"2001:DB8:0::10\"]", "192.0.2.10 2001:db8::10")]
    public void One_address_or_several(string value, string expected) =>
        Assert.Equal(expected, string.Join(' ', Read(value).Settings!.FloatingIp.Addresses));

    [Theory]
    [InlineData("192.0.2.10, 2001:db8::10", "192.0.2.10 2001:db8::10")]
    [InlineData("192.0.2.10", "192.0.2.10")]
    [InlineData("", "")]
    public void From_the_environment_they_come_with_commas(string environment, string expected) =>
        Assert.Equal(expected, string.Join(' ', Read("${?EDGE_FLOATING_IP}", environment).Settings!.FloatingIp.Addresses));

    [Theory]
    [InlineData("192.0.2", "'192.0.2' is not a plain IP address")]
    [InlineData("192.0.2.010", "'192.0.2.010' is not a plain IP address")]
    [InlineData("192.0.2.10:443", "'192.0.2.10:443' is not a plain IP address")]
    [InlineData("192.0.2.10/24", "'192.0.2.10/24' is not a plain IP address")]
    [InlineData("[2001:db8::10]", "'[2001:db8::10]' is not a plain IP address")]
    [InlineData("2001:db8::10]:443", "'2001:db8::10]:443' is not a plain IP address")]
    [InlineData("fe80::1%eth0", "'fe80::1%eth0' is not a plain IP address")]
    [InlineData("::ffff:192.0.2.10", "'::ffff:192.0.2.10' is not a plain IP address")]
    [InlineData("vip.example", "'vip.example' is not a plain IP address")]
    [InlineData("0.0.0.0", "'0.0.0.0' is the wildcard address")]
    [InlineData("::", "'::' is the wildcard address")]
    [InlineData("224.0.0.1", "'224.0.0.1' is no unicast address")]
    [InlineData("255.255.255.255", "'255.255.255.255' is no unicast address")]
    [InlineData("ff02::1", "'ff02::1' is no unicast address")]
    [InlineData("192.0.2.10, 192.0.2.10", "'192.0.2.10' is listed twice; expected each address once", "")]
    [InlineData("2001:db8::10,2001:DB8::10", "'2001:DB8::10' is listed twice; expected each address once", "")]
    public void A_error_says_where_it_is_and_what_to_write(
        string text, string wrong,
        string expected = "; expected addresses without port, prefix or zone, such as \"192.0.2.10\" or \"2001:db8::10\"") =>
        Assert.Equal(
            [$"my.conf:2: edge.floating-ip.address: {wrong}{expected}"],
            Read($"\"{text}\"").Errors.Select(static error => error.ToString()));

    [Theory]
    [InlineData("null", 1)]
    [InlineData("[null, [], {}]", 3)]
    [InlineData("[\"a\", \"::\", \"192.0.2.1\", \"192.0.2.1\"]", 3)]
    public void All_errors_are_reported_at_once(string value, int count) => Assert.Equal(count, Read(value).Errors.Count);
}
