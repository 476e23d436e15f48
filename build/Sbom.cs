#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
// Writes what a program is made of as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/), from the deps.json that its build leaves beside it:
//   dotnet run --file build/Sbom.cs -- edge.deps.json edge.cdx.json [folder of packages] [more packages as deb:NAME=VERSION ...]
// The same program gives the same bytes: nothing in it comes from a clock, a random number or a folder's name.
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml.Linq;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Sbom.cs DEPS_JSON OUTPUT [PACKAGES_FOLDER] [deb:NAME=VERSION ...]");
    return 2;
}
var program = Path.GetFileName(args[0])[..^".deps.json".Length];
var packages = args.Skip(2).FirstOrDefault(static argument => !argument.StartsWith("deb:", StringComparison.Ordinal));
var debian = args.Skip(2).Where(static argument => argument.StartsWith("deb:", StringComparison.Ordinal)).Select(Component.OfDebian);

using var deps = JsonDocument.Parse(File.ReadAllBytes(args[0]));
var target = deps.RootElement.GetProperty("runtimeTarget").GetProperty("name").GetString()!;
var libraries = deps.RootElement.GetProperty("libraries");
var all = new Dictionary<string, Component>();
foreach (var entry in deps.RootElement.GetProperty("targets").GetProperty(target).EnumerateObject())
{
    var component = Component.Of(entry.Name, libraries.GetProperty(entry.Name), entry.Value, packages);
    all.Add(component.Library, component);
}
if (!all.Remove(program, out var main))
{
    Console.Error.WriteLine($"{args[0]} does not name {program} itself");
    return 1;
}
Component[] parts = [.. all.Values.Concat(debian).OrderBy(static part => part.Reference, StringComparer.Ordinal)];

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(args[1]))!);
// Its identity is its content's, so that it is the same wherever it is written.
var identity = new Guid(SHA256.HashData(Document(Guid.Empty)).AsSpan(0, 16));
File.WriteAllBytes(args[1], Document(identity));
Console.WriteLine($"{args[1]}: {main.Name} {main.Version} and {parts.Length} components");
return 0;

byte[] Document(Guid serial)
{
    using var buffer = new MemoryStream();
    using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
    {
        json.WriteStartObject();
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.6");
        json.WriteString("serialNumber", $"urn:uuid:{serial}");
        json.WriteNumber("version", 1);
        json.WriteStartObject("metadata");
        json.WritePropertyName("component");
        main.Write(json, "application");
        json.WriteEndObject();
        json.WriteStartArray("components");
        foreach (var part in parts)
            part.Write(json, "library");
        json.WriteEndArray();
        json.WriteStartArray("dependencies");
        foreach (var one in parts.Prepend(main))
        {
            json.WriteStartObject();
            json.WriteString("ref", one.Reference);
            json.WriteStartArray("dependsOn");
            foreach (var needed in one.Needs.Select(name => all.GetValueOrDefault(name)?.Reference).OfType<string>().Order(StringComparer.Ordinal))
                json.WriteStringValue(needed);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
    buffer.WriteByte((byte)'\n');
    return buffer.ToArray();
}

/// <param name="Library">As deps.json calls it.</param>
/// <param name="PackageUrl">https://github.com/package-url/purl-spec; null for what is built here.</param>
/// <param name="Sha512">Of the package's content, in hexadecimal.</param>
/// <param name="License">An SPDX expression, where the package says one.</param>
internal sealed record Component(
    string Library, string Name, string Version, string? PackageUrl, string? Sha512, string? License, IReadOnlyList<string> Needs)
{
    private const string RuntimePack = "runtimepack.";

    public string Reference => PackageUrl ?? $"{Name}@{Version}";

    public static Component Of(string entry, JsonElement library, JsonElement target, string? packages)
    {
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        var (id, version) = (entry[..slash], entry[(slash + 1)..]);
        var isOurs = library.GetProperty("type").GetString() == "project";
        var name = id.StartsWith(RuntimePack, StringComparison.Ordinal) ? id[RuntimePack.Length..] : id;
        var needs = target.TryGetProperty("dependencies", out var dependencies) ? dependencies.EnumerateObject().Select(static one => one.Name).ToArray() : [];
        return new Component(
            id, name, version, isOurs ? null : $"pkg:nuget/{name}@{version}", Hash(library), isOurs ? "MIT" : SpdxLicense(packages, name, version), needs);
    }

    /// <param name="argument">deb:NAME=VERSION</param>
    public static Component OfDebian(string argument)
    {
        var (name, version) = argument["deb:".Length..].Split('=', 2) is [var first, var second] ? (first, second) : throw new FormatException(argument);
        return new Component(argument, name, version, $"pkg:deb/debian/{name}@{Uri.EscapeDataString(version)}", null, null, []);
    }

    public void Write(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("bom-ref", Reference);
        json.WriteString("name", Name);
        json.WriteString("version", Version);
        if (Sha512 is not null)
        {
            json.WriteStartArray("hashes");
            json.WriteStartObject();
            json.WriteString("alg", "SHA-512");
            json.WriteString("content", Sha512);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        if (License is not null)
        {
            json.WriteStartArray("licenses");
            json.WriteStartObject();
            json.WriteString("expression", License);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        if (PackageUrl is not null)
            json.WriteString("purl", PackageUrl);
        json.WriteEndObject();
    }

    private static string? Hash(JsonElement library)
    {
        const string Prefix = "sha512-";
        var text = library.TryGetProperty("sha512", out var sha) ? sha.GetString() : null;
        return text?.StartsWith(Prefix, StringComparison.Ordinal) == true ? Convert.ToHexStringLower(Convert.FromBase64String(text[Prefix.Length..])) : null;
    }

    private static string? SpdxLicense(string? packages, string name, string version)
    {
        if (packages is null)
            return null;
        var id = name.ToLowerInvariant();
        var file = Path.Combine(packages, id, version.ToLowerInvariant(), $"{id}.nuspec");
        if (!File.Exists(file))
            return null;
        var license = XDocument.Load(file).Descendants().FirstOrDefault(static element => element.Name.LocalName == "license");
        return license?.Attribute("type")?.Value == "expression" ? license.Value : null;
    }
}
