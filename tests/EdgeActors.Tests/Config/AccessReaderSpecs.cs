using System.Net;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public sealed class AccessReaderSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-access-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private EdgeSettingsResult Load(string listener, string more = "")
    {
        File.WriteAllText(Path.Combine(_folder, "my.conf"), $$"""
            edge { listeners.https { bind = "127.0.0.1:7050"
                {{listener}}
              }
              routes."a.example" = web
              backends.web.servers = ["127.0.0.1:9001"]
              {{more}}
            }
            """);
        return EdgeSettingsReader.Load(Path.Combine(_folder, "my.conf"), static _ => null);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private AccessList? Access(string listener, string more = "")
    {
        var load = Load(listener, more);
        Assert.Empty(load.Errors.Select(static m => m.ToString()));
        return load.Settings!.Listeners[0].Access;
    }

    private string[] Errors(string listener) =>
        [.. Load(listener).Errors.Select(m => m.ToString().Replace(_folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];

    private static bool Denies(AccessList? list, string address) => list!.Denies(AddressKey.From(IPAddress.Parse(address)));

    [Fact]
    public void Without_a_list_there_is_none() => Assert.Null(Access(""));

    [Fact]
    public void An_allow_list_alone_denies_everybody_else_and_a_deny_list_nobody_else()
    {
        var allow = Access("allow = \"10.0.0.0/8\"");
        Assert.Equal((false, true, true), (Denies(allow, "10.1.1.1"), Denies(allow, "11.0.0.0"), Denies(allow, "::1")));
        var deny = Access("deny = [\"10.0.0.0/8\", \"2001:db8::/32\"]");
        Assert.Equal(
            (true, true, false, false),
            (Denies(deny, "10.1.1.1"), Denies(deny, "2001:db8::1"), Denies(deny, "11.0.0.0"), Denies(deny, "::1")));
        var both = Access("allow = [\"10.1.0.0/16\"], deny = [\"10.0.0.0/8\"]");
        Assert.Equal((false, true, false), (Denies(both, "10.1.1.1"), Denies(both, "10.2.0.0"), Denies(both, "11.0.0.0")));
    }

    [Fact]
    public void Networks_exempt_from_a_rate_limit_are_listed_or_in_files_which_may_be_empty()
    {
        Write("offices.txt", "192.0.2.0/24 # here");
        Write("none.txt", "# nobody yet");
        var load = Load("rate-limit { except = \"2001:db8::/32\", except-file = [offices.txt, none.txt] }");
        Assert.Empty(load.Errors);
        Assert.Equal(3, load.Files.Count);
        var except = load.Settings!.Listeners[0].RateLimit!.Except;
        Assert.Equal((false, false, true), (Denies(except, "2001:db8::1"), Denies(except, "192.0.2.9"), Denies(except, "192.0.3.0")));
        Assert.Null(Load("").Settings!.Listeners[0].RateLimit!.Except);
        Assert.Equal(load.Settings.Listeners[0].RateLimit,
            Load("rate-limit.except = [\"192.0.2.0/24\", \"2001:db8::/32\"]").Settings!.Listeners[0].RateLimit);
        Assert.Equal(
            ["my.conf:2: edge.listeners.https.rate-limit.except: '192.0.2.1/24' has bits beyond its prefix; expected 192.0.2.0/24"],
            Errors("rate-limit.except = [\"192.0.2.1/24\"]"));
    }

    [Fact]
    public void Files_stand_beside_the_configuration_and_have_a_network_a_line()
    {
        Write("blocked.txt", "\uFEFF# who is not to come in\r\n\r\n10.0.0.0/8   # all of it\n  2001:db8::/32\n192.0.2.1\n192.0.2.1\n");
        Write("office.txt", "10.1.0.0/16");
        var list = Access("deny-file = blocked.txt, allow-file = [office.txt], deny = [\"198.51.100.0/24\"]");
        Assert.Equal(5, list!.Networks);
        foreach (var denied in new[] { "10.0.0.1", "2001:db8::7", "192.0.2.1", "198.51.100.9" })
            Assert.True(Denies(list, denied), denied);
        foreach (var other in new[] { "10.1.0.1", "192.0.2.2", "203.0.113.1" })
            Assert.False(Denies(list, other), other);
    }

    [Fact]
    public void They_are_told_of_once_each_as_far_as_they_may_be_read()
    {
        Write("blocked.txt", "192.0.2.1");
        var files = Load("deny-file = [blocked.txt, none.txt], allow-file = blocked.txt").Files;
        Assert.Equal(["my.conf", "blocked.txt", "none.txt"], files.Select(static file => Path.GetFileName(file.Path)));
        Assert.Null(files[2].Digest);
        // Where a network stands behind all that a configuration may have, it is seen all the same.
        Write("blocked.txt", new string('\n', 5 << 20) + "192.0.2.1");
        var large = Load("deny-file = blocked.txt").Files[1];
        Assert.Equal(large, large.Look());
        File.AppendAllText(large.Path, "0");
        Assert.NotEqual(large, large.Look());
    }

    [Fact]
    public void A_list_of_the_defaults_is_every_listeners_that_has_none_of_its_own()
    {
        var settings = Load(
            "deny = \"10.0.0.0/8\"", "listeners.b.bind = \"127.0.0.1:7051\", listener-defaults { deny = \"192.0.2.0/24\" }").Settings!;
        var own = settings.Listeners.Single(static l => l.Name == "https").Access;
        var other = settings.Listeners.Single(static l => l.Name == "b").Access;
        Assert.Equal((true, false, true), (Denies(own, "10.0.0.1"), Denies(own, "192.0.2.1"), Denies(other, "192.0.2.1")));
    }

    [Theory]
    [InlineData("deny = [\"10.0.0.0/8\", \"10.0.0.1/8\"]", "my.conf:2: edge.listeners.https.deny: '10.0.0.1/8' has bits beyond its prefix; expected 10.0.0.0/8")]
    [InlineData("deny = everyone", "my.conf:2: edge.listeners.https.deny: 'everyone' is no network; expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32")]
    [InlineData("allow = [[]]", "my.conf:2: edge.listeners.https.allow: an array where a network is expected, such as \"10.0.0.0/8\"")]
    [InlineData("allow = null", "my.conf:2: edge.listeners.https.allow: null where a network is expected, such as \"10.0.0.0/8\"")]
    [InlineData("deny-file = {}", "my.conf:2: edge.listeners.https.deny-file: an object where the path of a file is expected, such as \"networks.txt\"")]
    [InlineData("deny-file = \"\"", "my.conf:2: edge.listeners.https.deny-file: '' where the path of a file is expected, such as \"networks.txt\"")]
    [InlineData("deny-file = missing.txt", "my.conf:2: edge.listeners.https.deny-file: cannot read missing.txt: there is no such file")]
    [InlineData("deny-file = \"/dev/zero\"", "my.conf:2: edge.listeners.https.deny-file: cannot read /dev/zero: it is no regular file")]
    [InlineData("allow-file = empty.txt", "my.conf:2: edge.listeners.https.allow-file: there is no network in 'empty.txt'; expected at least one that is allowed")]
    [InlineData("deny-file = bad.txt", "bad.txt:2: edge.listeners.https.deny-file: '33' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("allow = \"10.0.0.0/8\"\ndeny = \"10.0.0.0/8\"", "my.conf:3: edge.listeners.https.deny: 10.0.0.0/8 is allowed in my.conf:2, too; expected it in one of the lists")]
    [InlineData("deny = \"192.0.2.1\", allow-file = one.txt", "one.txt:1: edge.listeners.https.allow-file: 192.0.2.1/32 is denied in my.conf:2, too; expected it in one of the lists")]
    public void Errors_are_reported_with_their_file_and_line(string listener, string expected)
    {
        Write("empty.txt", "# nobody\n");
        Write("bad.txt", "10.0.0.0/8\n10.0.0.0/33\n");
        Write("one.txt", "192.0.2.1/32");
        // Which of the two lists is read first is of no concern to who has to mend it.
        var error = Assert.Single(Errors(listener));
        if (listener.Contains("one.txt", StringComparison.Ordinal))
            Assert.Contains(error, new[] { expected, "my.conf:2: edge.listeners.https.deny: 192.0.2.1/32 is allowed in one.txt:1, too; expected it in one of the lists" });
        else
            Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(20, 20)]
    [InlineData(21, 21)]
    [InlineData(5000, 21)]
    public void Of_very_many_errors_the_first_20_are_told_and_how_many_there_are(int errors, int told)
    {
        Write("bad.txt", string.Join('\n', Enumerable.Repeat("x", errors)));
        foreach (var listener in new[] { "deny-file = bad.txt", $"deny = [{string.Join('\n', Enumerable.Repeat("x", errors))}]" })
        {
            var all = Errors(listener);
            Assert.Equal(told, all.Length);
            if (errors > 20)
                Assert.EndsWith($": and {errors - 20} more errors from here on", all[^1]);
        }
    }

    [Fact]
    public void A_list_of_100_000_networks_is_read()
    {
        Write("many.txt", string.Join('\n', Enumerable.Range(0, 100_000).Select(static i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}")));
        var list = Access("deny-file = many.txt");
        Assert.Equal(100_000, list!.Networks);
        Assert.Equal((true, true, false), (Denies(list, "10.0.0.0"), Denies(list, "10.1.134.159"), Denies(list, "10.1.134.160")));
    }

    [Theory]
    [InlineData("limit = off, max-connections = 7", null, 7, 32, 64)]
    [InlineData("key { ipv4 = 24 }", 50, null, 24, 64)]
    [InlineData("key { ipv4 = 1, ipv6 = 1 }, max-connections = 1", 50, 1, 1, 1)]
    [InlineData("key { ipv4 = 32, ipv6 = 128 }, max-connections = 1000000", 50, 1_000_000, 32, 128)]
    public void What_one_address_may_do_can_be_said_key_by_key(string keys, int? limit, int? connections, int ipv4, int ipv6)
    {
        var settings = Load($"rate-limit {{ {keys} }}").Settings!.Listeners[0].RateLimit!;
        Assert.Equal((limit, connections, new PrefixLengths(ipv4, ipv6)), (settings.Limit, settings.MaxConnections, settings.Key));
    }

    [Theory]
    [InlineData("key = ip", "rate-limit.key: 'ip' where a section is expected: key { ... }")]
    [InlineData("key.ipv4 = 33", "rate-limit.key.ipv4: '33' is out of range; expected 1 to 32")]
    [InlineData("key.ipv4 = 0", "rate-limit.key.ipv4: '0' is out of range; expected 1 to 32")]
    [InlineData("key.ipv6 = 129", "rate-limit.key.ipv6: '129' is out of range; expected 1 to 128")]
    [InlineData("key.ipv5 = 64", "rate-limit.key.ipv5: unknown key; did you mean 'ipv4'?")]
    [InlineData("limit = 0", "rate-limit.limit: '0' is out of range; expected 1 to 1000000 or off")]
    [InlineData("max-connections = 0", "rate-limit.max-connections: '0' is out of range; expected 1 to 1000000 or off")]
    [InlineData("max-connections = 1000001", "rate-limit.max-connections: '1000001' is out of range; expected 1 to 1000000 or off")]
    public void Errors_in_what_one_address_may_do(string keys, string expected) =>
        Assert.Equal(["my.conf:2: edge.listeners.https." + expected], Errors($"rate-limit {{ {keys} }}"));
}
