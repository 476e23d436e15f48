using Akka.Configuration;

namespace Akka.Contract.Tests.Configuration;

public class ConfigSpecs
{
    private static readonly Config Sample = ConfigurationFactory.ParseString("""
        a {
          text = "some text"
          word = word
          nothing = null
          number = 42
          float = 1.5
          on = on
          no = false
          list = [one, "two", 3]
          numbers = [1, 2, 3]
          empty = []
          "dotted.key" = yes
          nested { deep = 1 }
        }
        b.c = 2
        """);

    [Fact]
    public void Values_are_found_by_path_and_read_as_what_they_are()
    {
        Assert.Equal("some text", Sample.GetString("a.text"));
        Assert.Equal("word", Sample.GetString("a.word"));
        Assert.Null(Sample.GetString("a.nothing"));
        Assert.Equal(42, Sample.GetInt("a.number"));
        Assert.Equal(42L, Sample.GetLong("a.number"));
        Assert.Equal(1.5, Sample.GetDouble("a.float"));
        Assert.Equal(1.5f, Sample.GetFloat("a.float"));
        Assert.True(Sample.GetBoolean("a.on"));
        Assert.False(Sample.GetBoolean("a.no", true));
        Assert.Equal(["one", "two", "3"], Sample.GetStringList("a.list"));
        Assert.Equal([1, 2, 3], Sample.GetIntList("a.numbers"));
        Assert.Equal("yes", Sample.GetString("a.\"dotted.key\""));
        Assert.Equal(2, Sample.GetInt("b.c"));
    }

    [Fact]
    public void What_is_absent_is_the_given_default_and_else_the_types_own()
    {
        Assert.Null(Sample.GetString("x.y"));
        Assert.Equal("d", Sample.GetString("x.y", "d"));
        Assert.Equal("d", Sample.GetString("a.text.below", "d"));
        Assert.Equal(0, Sample.GetInt("x"));
        Assert.Equal(7, Sample.GetInt("x", 7));
        Assert.Equal(7L, Sample.GetLong("x", 7));
        Assert.Equal(7.5, Sample.GetDouble("x", 7.5));
        Assert.Equal(7.5f, Sample.GetFloat("x", 7.5f));
        Assert.False(Sample.GetBoolean("x"));
        Assert.True(Sample.GetBoolean("x", true));
        Assert.Equal(TimeSpan.Zero, Sample.GetTimeSpan("x"));
        Assert.Equal(TimeSpan.FromSeconds(7), Sample.GetTimeSpan("x", TimeSpan.FromSeconds(7)));
        Assert.Null(Sample.GetByteSize("x"));
        Assert.Equal(9L, Sample.GetByteSize("x", 9));
        Assert.Empty(Sample.GetStringList("x"));
        Assert.Equal(["d"], Sample.GetStringList("x", ["d"]));
        Assert.Null(Sample.GetConfig("x"));
        Assert.False(Sample.HasPath("a.nested.deeper"));
        Assert.True(Sample.HasPath("a.nested.deep"));
    }

    [Theory]
    [InlineData("5s", 5_000)]
    [InlineData("100ms", 100)]
    [InlineData("1 m", 60_000)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1.5 hours", 5_400_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("250", 250)]
    [InlineData("infinite", -1)]
    public void Durations(string text, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ConfigurationFactory.ParseString($"d = {text}").GetTimeSpan("d"));

    [Theory]
    [InlineData("16", 16)]
    [InlineData("16b", 16)]
    [InlineData("16k", 16 * 1024)]
    [InlineData("16 KiB", 16 * 1024)]
    [InlineData("10kB", 10_000)]
    [InlineData("2MB", 2_000_000)]
    [InlineData("1MiB", 1024 * 1024)]
    public void Sizes(string text, long bytes) =>
        Assert.Equal(bytes, ConfigurationFactory.ParseString($"s = {text}").GetByteSize("s"));

    [Fact]
    public void A_value_of_the_wrong_form_is_an_exception_of_the_form()
    {
        Assert.Throws<FormatException>(() => Sample.GetInt("a.word"));
        Assert.Throws<FormatException>(() => Sample.GetDouble("a.word"));
        Assert.Throws<NotSupportedException>(() => Sample.GetBoolean("a.word"));
        Assert.Throws<FormatException>(() => Sample.GetTimeSpan("a.word"));
        Assert.Throws<FormatException>(() => ConfigurationFactory.ParseString("s = 5 parsecs").GetByteSize("s"));
        Assert.Throws<FormatException>(() => ConfigurationFactory.ParseString("d = infinite").GetTimeSpan("d", allowInfinite: false));
        Assert.Throws<FormatException>(() => ConfigurationFactory.ParseString("d = -5").GetTimeSpan("d"));
    }

    [Fact]
    public void What_is_no_list_reads_as_an_empty_one_and_what_is_no_text_as_null()
    {
        Assert.Empty(Sample.GetStringList("a.text"));
        Assert.Null(Sample.GetString("a.list"));
        Assert.Null(Sample.GetString("a.nested"));
    }

    [Fact]
    public void A_section_is_a_config_of_its_own()
    {
        var nested = Sample.GetConfig("a").GetConfig("nested");
        Assert.Equal(1, nested.GetInt("deep"));
        Assert.False(nested.IsEmpty);
        Assert.Equal(["nested"], Sample.AsEnumerable().Where(x => x.Key == "a").SelectMany(x => x.Value.GetObject().Items.Keys).Where(k => k == "nested"));
        Assert.True(Sample.Root.IsObject());
        Assert.True(Sample.GetValue("a.list").IsArray());
        Assert.True(Sample.GetValue("a.text").IsString());
    }

    [Fact]
    public void A_fallback_fills_gaps_and_never_replaces()
    {
        Config mine = "a { b = 1, l = [1] }";
        Config theirs = "a { b = 9, c = 2, l = [2, 3] }\nd { e = 4 }";
        var both = mine.WithFallback(theirs).WithFallback("d { e = 5, f = 6 }");
        Assert.Equal(1, both.GetInt("a.b"));
        Assert.Equal(2, both.GetInt("a.c"));
        Assert.Equal([1], both.GetIntList("a.l"));
        Assert.Equal(4, both.GetInt("d.e"));
        Assert.Equal(6, both.GetInt("d.f"));
        Assert.Equal(2, both.GetConfig("a").GetInt("c"));
        Assert.Equal(6, both.GetConfig("d").GetInt("f"));
        Assert.Equal(["a", "d"], both.AsEnumerable().Select(x => x.Key).Order());
        Assert.False(mine.HasPath("a.c"));
        Assert.Equal(3, (mine + "z = 3").GetInt("z"));
    }

    [Fact]
    public void Edges_of_falling_back()
    {
        Config mine = "a = 1";
        Assert.Same(mine, mine.WithFallback(null!));
        Assert.Same(mine, mine.WithFallback(Config.Empty));
        Assert.Same(mine, Config.Empty.WithFallback(mine));
        Assert.Same(mine, ((Config)null!).SafeWithFallback(mine));
        Assert.Throws<ArgumentException>(() => mine.WithFallback(mine));
    }

    [Fact]
    public void Empty_is_empty()
    {
        Assert.True(Config.Empty.IsEmpty);
        Assert.True(ConfigurationFactory.Empty.IsNullOrEmpty());
        Assert.True(((Config)null!).IsNullOrEmpty());
        Assert.True(new Config().IsEmpty);
        Assert.False(Sample.IsNullOrEmpty());
        Assert.Equal("d", Config.Empty.GetString("a", "d"));
        Assert.Throws<InvalidOperationException>(() => new Config().GetString("a"));
    }

    [Fact]
    public void Later_fields_win_and_substitutions_are_resolved()
    {
        Config config = "a = 1\na = 2\no { x = 1 }\no { y = ${a} }\nt = ${o.x}5";
        Assert.Equal(2, config.GetInt("a"));
        Assert.Equal(1, config.GetInt("o.x"));
        Assert.Equal(2, config.GetInt("o.y"));
        Assert.Equal(15, config.GetInt("t"));
    }

    [Fact]
    public void A_paths_key_may_hold_anything_but_a_dot()
    {
        Config config = "deployment { \"/user/*\" { router = none }\n /a { router = some } }";
        Assert.Equal("none", config.GetString("deployment./user/*.router"));
        Assert.Equal("some", config.GetString("deployment./a.router"));
    }

    [Fact]
    public void Text_reads_back_the_same()
    {
        Config again = Sample.ToString();
        Assert.Equal("some text", again.GetString("a.text"));
        Assert.Equal([1, 2, 3], again.GetIntList("a.numbers"));
        Assert.Equal(1, again.GetInt("a.nested.deep"));
        var both = Sample.WithFallback("z = 9");
        Assert.DoesNotContain("z", both.ToString(), StringComparison.Ordinal);
        Assert.Contains("z", both.ToString(includeFallback: true), StringComparison.Ordinal);
        Assert.Equal(9, Sample.Root.AtKey("root").WithFallback("z = 9").GetInt("z"));
        Assert.Equal(42, Sample.Root.AtKey("root").GetInt("root.a.number"));
    }

    [Fact]
    public void The_runtimes_own_values_are_there_to_read()
    {
        Assert.Equal("INFO", ConfigurationFactory.Default().GetString("akka.loglevel"));
        Assert.Equal(30, ConfigurationFactory.Default().GetInt("akka.actor.default-dispatcher.throughput"));
        Assert.IsAssignableFrom<Akka.Actor.AkkaException>(new ConfigurationException("x"));
    }

    [Theory]
    [InlineData("a = ${b}")]
    [InlineData("bind = 127.0.0.1:7050")]
    [InlineData("a = \"\\x\"")]
    public void What_is_not_HOCON_is_an_exception(string text) => Assert.ThrowsAny<Exception>(() => ConfigurationFactory.ParseString(text));
}
